//! What a form or an address says, by name. It may hold a pasted key, so it shows names only and hands values on.

use std::fmt;

use axum::extract::{FromRequest, Request};

use crate::answer::Refusal;
use crate::guard::BODY_BYTES_MAX;

/// Decoded fields, in their order.
#[derive(Clone, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads `application/x-www-form-urlencoded`; whatever cannot be decoded is kept as the replacement character.
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// A field as typed; empty if there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// A field as an id of ours, or anything else that is read from text.
    pub(crate) fn read<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name).parse().ok()
    }

    /// Every field but the form's token, moved out and not copied: for the library's own types.
    pub(crate) fn into_fields(self) -> impl Iterator<Item = (String, String)> {
        self.0.into_iter().filter(|(name, _)| name != "csrf")
    }
}

/// The names only.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Form ")?;
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl<S: Sync> FromRequest<S> for Form {
    type Rejection = Refusal;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Refusal> {
        let body = axum::body::to_bytes(request.into_body(), BODY_BYTES_MAX).await;
        Ok(Self::parse(&body.map_err(|_| Refusal::TooLarge)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_shows_its_fields_names_and_never_their_values() {
        let form = Form::parse(b"csrf=token&secret_key=sk_live_made-up");
        assert_eq!(format!("{form:?}"), r#"Form {"csrf", "secret_key"}"#);
    }

    #[test]
    fn a_field_is_read_as_it_was_typed() {
        let form = Form::parse("name=Zo%C3%A9+O%E2%80%99Brien&broken=%ff&count=3".as_bytes());
        assert_eq!(form.text("name"), "Zoé O’Brien");
        assert_eq!(form.text("broken"), "\u{fffd}");
        assert_eq!((form.read::<u64>("count"), form.read::<u64>("name")), (Some(3), None));
        assert_eq!(form.text("missing"), "");
    }

    #[test]
    fn the_token_stays_behind() {
        let fields: Vec<_> = Form::parse(b"csrf=token&store_id=abc").into_fields().collect();
        assert_eq!(fields, [("store_id".to_owned(), "abc".to_owned())]);
    }
}

//! Names requests: `POST /v1/payment_intents/{id}/cancel`, or `*` for every one. Never looks at a body.

/// A method and a path; a segment in braces stands for any one segment.
#[derive(Clone, Debug)]
pub(super) struct Pattern(String);

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(super) fn matches(&self, method: &str, path: &str) -> bool {
        if self.0 == "*" {
            return true;
        }
        let Some((wanted_method, wanted_path)) = self.0.split_once(' ') else { return false };
        let (mut wanted, mut given) = (wanted_path.split('/'), path.split('/'));
        let same =
            |wanted: &str, given: &str| wanted == given || (wanted.starts_with('{') && !given.is_empty());
        wanted_method == method
            && loop {
                match (wanted.next(), given.next()) {
                    (None, None) => break true,
                    (Some(wanted), Some(given)) if same(wanted, given) => {}
                    _ => break false,
                }
            }
    }
}

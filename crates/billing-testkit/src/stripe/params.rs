//! Reads an endpoint's parameters one by one; what nobody read is unknown. Never decides what a value means.

use serde_json::{Map, Value};

use super::error::ApiError;

/// The parameters of one request, or of one nested hash in it.
pub(super) struct Fields {
    values: Map<String, Value>,
    within: Option<String>,
}

impl Fields {
    pub(super) fn new(values: Map<String, Value>) -> Self {
        Self { values, within: None }
    }

    /// `card[number]`: the name as the caller wrote it.
    pub(super) fn full_name(&self, name: &str) -> String {
        match &self.within {
            Some(outer) => format!("{outer}[{name}]"),
            None => name.to_owned(),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    pub(super) fn is_text(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(Value::is_string)
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        match self.values.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Err(self.empty(name)),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong("string", name)),
        }
    }

    /// Text of at most `max` characters.
    pub(super) fn short_text(&mut self, name: &str, max: usize) -> Result<Option<String>, ApiError> {
        let text = self.text(name)?;
        if text.as_ref().is_some_and(|text| text.chars().count() > max) {
            let message = format!("Invalid string: must be at most {max} characters");
            return Err(ApiError::invalid(&message)
                .code("parameter_invalid_string")
                .param(&self.full_name(name)));
        }
        Ok(text)
    }

    pub(super) fn required(&mut self, name: &str) -> Result<String, ApiError> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    pub(super) fn integer(&mut self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let number = text.parse().map_err(|_| {
            let message = format!("Invalid integer: {text}");
            ApiError::invalid(&message).code("parameter_invalid_integer").param(&self.full_name(name))
        })?;
        Ok(Some(number))
    }

    pub(super) fn boolean(&mut self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.text(name)?.as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(self.wrong("boolean", name)),
        }
    }

    pub(super) fn one_of(
        &mut self,
        name: &str,
        words: &[&'static str],
    ) -> Result<Option<&'static str>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let known = words.iter().find(|word| **word == text).copied();
        known.map(Some).ok_or_else(|| {
            let message = format!("Invalid {name}: must be one of {}", words.join(", "));
            ApiError::invalid(&message).param(&self.full_name(name))
        })
    }

    pub(super) fn list(&mut self, name: &str) -> Result<Option<Vec<String>>, ApiError> {
        let Some(value) = self.values.remove(name) else { return Ok(None) };
        let Value::Array(items) = value else { return Err(self.wrong("array", name)) };
        let texts = items.into_iter().map(|item| match item {
            Value::String(text) => Ok(text),
            _ => Err(self.wrong("array", name)),
        });
        texts.collect::<Result<_, _>>().map(Some)
    }

    pub(super) fn nested(&mut self, name: &str) -> Result<Option<Self>, ApiError> {
        match self.values.remove(name) {
            None => Ok(None),
            Some(Value::Object(values)) => Ok(Some(Self { values, within: Some(self.full_name(name)) })),
            Some(_) => Err(self.wrong("object", name)),
        }
    }

    /// What is left of a hash whose names the caller chooses.
    pub(super) fn into_texts(self) -> Result<Vec<(String, String)>, ApiError> {
        let Self { values, within } = self;
        let outer = within.unwrap_or_default();
        let pairs = values.into_iter().map(|(name, value)| match value {
            Value::String(text) => Ok((name, text)),
            _ => Err(ApiError::invalid("Invalid string").param(&format!("{outer}[{name}]"))),
        });
        pairs.collect()
    }

    /// Takes documented parameters whose effect this fake does not show.
    pub(super) fn accept_unused(&mut self, names: &[&str]) {
        for name in names {
            self.values.remove(*name);
        }
    }

    /// Refuses documented parameters that would change what happens in a way this fake does not model.
    pub(super) fn refuse_unmodelled(&self, names: &[&str]) -> Result<(), ApiError> {
        match names.iter().find(|name| self.has(name)) {
            None => Ok(()),
            Some(name) => {
                let message = format!("The fake Stripe does not model the parameter {name}.");
                Err(ApiError::invalid(&message).param(&self.full_name(name)))
            }
        }
    }

    /// Every parameter has been read: anything left is unknown.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        match self.values.keys().next() {
            None => Ok(()),
            Some(name) => {
                let name = self.full_name(name);
                let message = format!("Received unknown parameter: {name}");
                Err(ApiError::invalid(&message).code("parameter_unknown").param(&name))
            }
        }
    }

    pub(super) fn missing(&self, name: &str) -> ApiError {
        let name = self.full_name(name);
        ApiError::invalid(&format!("Missing required param: {name}.")).code("parameter_missing").param(&name)
    }

    fn empty(&self, name: &str) -> ApiError {
        let name = self.full_name(name);
        let message = format!(
            "You passed an empty string for '{name}'. We assume empty values are an attempt to unset a field; \
             however '{name}' cannot be unset."
        );
        ApiError::invalid(&message).code("parameter_invalid_empty").param(&name)
    }

    fn wrong(&self, wanted: &str, name: &str) -> ApiError {
        ApiError::invalid(&format!("Invalid {wanted}")).param(&self.full_name(name))
    }
}

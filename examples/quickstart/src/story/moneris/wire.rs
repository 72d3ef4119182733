//! What left for Moneris, by the names of its elements alone: their texts hold the API token and the card's token.

/// The names of the elements of a request, in order.
pub(crate) fn names(document: &[u8]) -> String {
    let text = String::from_utf8_lossy(document);
    let tags = text.split('<').filter_map(|tag| tag.split_once('>').map(|(name, _)| name));
    let opened = tags.filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()));
    opened.filter(|name| *name != "request").collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_document_is_shown() {
        let document = b"<?xml version=\"1.0\"?><request><api_token>a&gt;b</api_token><refund><x>1</x></refund></request>";
        assert_eq!(names(document), "api_token, refund, x");
    }
}

//! Reads a small XML document into elements. Strict: what is not well-formed is not read. No namespaces, no attributes.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

const MAX_DEPTH: usize = 8;

/// An element with its text and its children.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) children: Vec<Element>,
    pub(super) name: String,
    pub(super) text: String,
}

impl Element {
    /// The one child of this name; None also if there are several.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        let mut named = self.children.iter().filter(|child| child.name == name);
        named.next().filter(|_| named.next().is_none())
    }
}

/// The document's root, if it is well-formed.
pub(super) fn read(document: &str) -> Option<Element> {
    let mut reader = Reader::from_str(document);
    // Of these the last is open; the first is no element, and holds the root.
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().ok()? {
            Event::CData(text) => open.last_mut()?.text.push_str(&text),
            Event::Comment(_) | Event::Decl(_) => {}
            Event::Empty(tag) => open.last_mut()?.children.push(named(tag.name().0)),
            Event::End(_) => {
                let done = open.pop()?;
                open.last_mut()?.children.push(done);
            }
            Event::Eof => break,
            Event::GeneralRef(reference) => {
                let text = &mut open.last_mut()?.text;
                match reference.resolve_char_ref().ok()? {
                    None => text.push_str(resolve_predefined_entity(&reference)?),
                    Some(character) => text.push(character),
                }
            }
            Event::Start(tag) => open.push(named(tag.name().0)),
            Event::Text(text) => open.last_mut()?.text.push_str(&text),
            _ => return None,
        }
        if open.len() > MAX_DEPTH {
            return None;
        }
    }
    let mut outside = open.pop()?;
    let root = outside.children.pop()?;
    let alone = open.is_empty() && outside.children.is_empty() && outside.text.trim().is_empty();
    alone.then_some(root)
}

fn named(name: &str) -> Element {
    Element { name: name.to_owned(), ..Element::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_with_their_text() {
        let root =
            read("<?xml version=\"1.0\"?><a><b>O&apos;Lee &amp; &#65;</b><c/><d><e>1</e></d></a>").unwrap();
        assert_eq!((root.name.as_str(), root.children.len()), ("a", 3));
        assert_eq!(root.child("b").unwrap().text, "O'Lee & A");
        assert_eq!(root.child("d").unwrap().child("e").unwrap().text, "1");
    }

    #[test]
    fn two_of_a_name_are_none() {
        let root = read("<a><b>1</b><b>2</b></a>").unwrap();
        assert_eq!(root.child("b"), None);
    }

    #[test]
    fn what_is_not_well_formed_is_not_read() {
        let wrong = [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>text",
            "</a>",
            "<a>A & B</a>",
            "<a>&nbsp;</a>",
            "<a>1 < 2</a>",
            "<!DOCTYPE a><a/>",
            "<a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a>",
        ];
        for document in wrong {
            assert_eq!(read(document), None, "{document}");
        }
    }
}

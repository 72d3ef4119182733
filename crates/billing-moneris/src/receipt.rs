//! The gateway's answer: `<response><receipt>` of flat elements, of which we read sixteen. Pure, and the only reader of XML.
//!
//! A missing value is the text `null`, or nothing. What is not known is skipped; a document that is not whole, says one thing twice,
//! or brings a document type or an entity of its own is no answer at all. What a value means is [`classify`](crate::classify())'s to say.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::eastern;

/// What the gateway said, as text. Its Debug shows codes only: the message is the issuer's, and other fields are the card's.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    pub(crate) auth_code: Option<String>,
    pub(crate) card_type: Option<String>,
    pub(crate) complete: Option<String>,
    pub(crate) iso: Option<String>,
    /// The last four digits of the card, if the answer shows them.
    pub(crate) last4: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) order_id: Option<String>,
    pub(crate) reference_num: Option<String>,
    pub(crate) response_code: Option<String>,
    pub(crate) status_code: Option<String>,
    pub(crate) timed_out: Option<String>,
    pub(crate) trans_amount: Option<String>,
    pub(crate) trans_date: Option<String>,
    pub(crate) trans_id: Option<String>,
    pub(crate) trans_time: Option<String>,
    pub(crate) trans_type: Option<String>,
}

impl Receipt {
    /// When the transaction was made, by Moneris's clock.
    pub(crate) fn made_at(&self) -> Option<Timestamp> {
        eastern::instant(self.trans_date.as_deref()?, self.trans_time.as_deref()?)
    }

    /// The message in lower case, to look for words in; it goes nowhere else.
    pub(crate) fn message_words(&self) -> Option<String> {
        self.message.as_deref().map(str::to_lowercase)
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("response_code", &self.response_code)
            .field("status_code", &self.status_code)
            .field("complete", &self.complete)
            .field("timed_out", &self.timed_out)
            .finish_non_exhaustive()
    }
}

/// Why a text is no answer of the gateway's. It never shows the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// It brings a document type, which no answer does.
    #[error("the answer brings a document type")]
    DocumentType,
    /// It says one thing twice.
    #[error("the answer says one thing twice")]
    Duplicate,
    /// It uses an entity that XML does not define.
    #[error("the answer uses an entity of its own")]
    Entity,
    /// Elements lie in each other where none should.
    #[error("the answer's elements are nested unlike a receipt's")]
    Nested,
    /// It is something else: another document, text between elements, or more after the end.
    #[error("the answer is no receipt")]
    NotAReceipt,
    /// It is not XML, or cut short.
    #[error("the answer is not whole XML")]
    NotXml,
}

/// Reads one whole answer. The time taken grows with its length and nothing else; it never panics.
pub fn decode(text: &str) -> Result<Receipt, ReceiptError> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut walk = Walk::default();
    loop {
        match reader.read_event().map_err(|_| ReceiptError::NotXml)? {
            Event::Eof => return walk.finish(),
            Event::Decl(_) if !walk.has_begun => {}
            Event::Start(element) => walk.enter(element.name().as_ref())?,
            // A declaration in the middle. Empty elements come as a start and an end.
            Event::Decl(_) | Event::Empty(_) => return Err(ReceiptError::NotXml),
            Event::End(_) => walk.leave(),
            Event::Text(text) => walk.text(&text)?,
            Event::CData(text) => walk.text(&text)?,
            Event::GeneralRef(name) => {
                let character = match name.resolve_char_ref() {
                    Ok(Some(character)) => character,
                    Ok(None) => predefined(&name).ok_or(ReceiptError::Entity)?,
                    Err(_) => return Err(ReceiptError::Entity),
                };
                walk.text(character.encode_utf8(&mut [0; 4]))?;
            }
            Event::Comment(_) | Event::PI(_) => walk.aside()?,
            Event::DocType(_) => return Err(ReceiptError::DocumentType),
        }
    }
}

fn predefined(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "apos" => Some('\''),
        "gt" => Some('>'),
        "lt" => Some('<'),
        "quot" => Some('"'),
        _ => None,
    }
}

/// The elements that are read, directly below the receipt.
const READ: [&str; 16] = [
    "AuthCode",
    "CardType",
    "Complete",
    "ISO",
    "Message",
    "ReceiptId",
    "ReferenceNum",
    "ResponseCode",
    "SourcePanLast4",
    "TimedOut",
    "TransAmount",
    "TransDate",
    "TransID",
    "TransTime",
    "TransType",
    "status_code",
];

/// The stored card that a token stood for, and the one element of it that is read.
const RESOLVED: &str = "ResolveData";
const MASKED: &str = "masked_pan";

/// Deeper than this no answer goes.
const DEEPEST: usize = 8;

/// How far the reader is with a part that comes once.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Before,
    Inside,
    Past,
}

/// Where the reader stands, and what it has read.
#[derive(Default)]
struct Walk {
    has_begun: bool,
    /// How many elements are open.
    depth: usize,
    receipt: Part,
    resolved: Part,
    /// The element being read, and what of its text came so far.
    leaf: Option<(&'static str, String)>,
    read: BTreeMap<&'static str, Option<String>>,
}

impl Part {
    fn enter(&mut self) -> Result<(), ReceiptError> {
        if *self != Self::Before {
            return Err(ReceiptError::Duplicate);
        }
        *self = Self::Inside;
        Ok(())
    }

    fn leave(&mut self) {
        if *self == Self::Inside {
            *self = Self::Past;
        }
    }
}

impl Walk {
    fn enter(&mut self, name: &str) -> Result<(), ReceiptError> {
        if self.leaf.is_some() || self.depth >= DEEPEST {
            return Err(ReceiptError::Nested);
        }
        match self.depth {
            0 if self.has_begun || name != "response" => return Err(ReceiptError::NotAReceipt),
            1 if name == "receipt" => self.receipt.enter()?,
            2 if self.receipt == Part::Inside && name == RESOLVED => self.resolved.enter()?,
            2 if self.receipt == Part::Inside => {
                self.begin(READ.into_iter().find(|known| *known == name))?;
            }
            3 if self.resolved == Part::Inside => self.begin(Some(MASKED).filter(|known| *known == name))?,
            _ => {}
        }
        self.has_begun = true;
        self.depth += 1;
        Ok(())
    }

    fn begin(&mut self, known: Option<&'static str>) -> Result<(), ReceiptError> {
        let Some(known) = known else { return Ok(()) };
        if self.read.contains_key(known) {
            return Err(ReceiptError::Duplicate);
        }
        self.leaf = Some((known, String::new()));
        Ok(())
    }

    /// The reader has checked that the end has its beginning.
    fn leave(&mut self) {
        if let Some((name, text)) = self.leaf.take() {
            let text = text.trim();
            let said = !text.is_empty() && text != "null";
            self.read.insert(name, said.then(|| text.to_owned()));
        }
        self.depth = self.depth.saturating_sub(1);
        match self.depth {
            1 => self.receipt.leave(),
            2 => self.resolved.leave(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) -> Result<(), ReceiptError> {
        // Between the elements that matter there is nothing to say; what is in others is their own affair.
        let is_between = self.depth < 2 || (self.depth == 2 && self.receipt == Part::Inside);
        match &mut self.leaf {
            Some((_, read)) => read.push_str(text),
            None if is_between && !text.trim().is_empty() => return Err(ReceiptError::NotAReceipt),
            None => {}
        }
        Ok(())
    }

    /// A comment or an instruction to some program: nowhere inside a value, where it would hide part of it.
    fn aside(&self) -> Result<(), ReceiptError> {
        if self.leaf.is_some() { Err(ReceiptError::Nested) } else { Ok(()) }
    }

    fn finish(mut self) -> Result<Receipt, ReceiptError> {
        if self.depth > 0 {
            return Err(ReceiptError::NotXml);
        }
        if self.receipt == Part::Before {
            return Err(ReceiptError::NotAReceipt);
        }
        let mut take = |name| self.read.remove(name).flatten();
        Ok(Receipt {
            auth_code: take("AuthCode"),
            card_type: take("CardType"),
            complete: take("Complete"),
            iso: take("ISO"),
            last4: take("SourcePanLast4").or_else(|| take(MASKED)).and_then(|text| last_four(&text)),
            message: take("Message"),
            order_id: take("ReceiptId"),
            reference_num: take("ReferenceNum"),
            response_code: take("ResponseCode"),
            status_code: take("status_code"),
            timed_out: take("TimedOut"),
            trans_amount: take("TransAmount"),
            trans_date: take("TransDate"),
            trans_id: take("TransID"),
            trans_time: take("TransTime"),
            trans_type: take("TransType"),
        })
    }
}

/// The four digits at the end of what is left of a card's number; nothing before them is kept.
pub(crate) fn last_four(text: &str) -> Option<String> {
    let start = text.len().checked_sub(4)?;
    let last = text.get(start..)?;
    last.bytes().all(|byte| byte.is_ascii_digit()).then(|| last.to_owned())
}

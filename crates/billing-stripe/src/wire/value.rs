//! The values that Stripe's objects are made of: texts borrowed from the body, and what comes in more than one shape.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use secrecy::SecretString;
use serde::de::{
    Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer,
};

/// A text of the body: borrowed unless it holds an escape. Its Debug shows its length only.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

// serde borrows a `Cow` only where it is the field itself, not inside an `Option`; this type borrows everywhere.
impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

/// What Stripe sends as an id or, if asked to expand it, whole.
#[derive(Debug)]
pub(crate) enum IdOr<'a, T> {
    Id(Text<'a>),
    Whole(T),
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for IdOr<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EitherVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for EitherVisitor<T> {
            type Value = IdOr<'de, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id or an object")
            }

            fn visit_borrowed_str<E>(self, id: &'de str) -> Result<Self::Value, E> {
                Ok(IdOr::Id(Text(Cow::Borrowed(id))))
            }

            fn visit_str<E>(self, id: &str) -> Result<Self::Value, E> {
                Ok(IdOr::Id(Text(Cow::Owned(id.to_owned()))))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(IdOr::Whole)
            }
        }

        deserializer.deserialize_any(EitherVisitor(PhantomData))
    }
}

/// A text, or the id of an object, of whatever shape the rest is; nothing, where it is neither.
#[derive(Debug, Default)]
pub(crate) struct Loose<'a>(Option<Text<'a>>);

impl Loose<'_> {
    pub(crate) fn text(&self) -> Option<&str> {
        self.0.as_ref().map(Text::as_str)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Loose(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Loose(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Loose(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Loose(None))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Loose(None))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Loose(Some(Text(Cow::Borrowed(text)))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Loose(Some(Text(Cow::Owned(text.to_owned())))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut id = Loose(None);
        while let Some(name) = fields.next_key::<Text<'de>>()? {
            if name.as_str() == "id" {
                id = fields.next_value()?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(id)
    }
}

/// An object that says its id.
pub(crate) trait Identified {
    fn id(&self) -> &str;
}

impl<T: Identified> IdOr<'_, T> {
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Id(id) => id.as_str(),
            Self::Whole(whole) => whole.id(),
        }
    }
}

/// Secret from the moment it is parsed.
pub(super) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<Text<'de>>::deserialize(deserializer)?.map(|text| SecretString::from(text.as_str())))
}

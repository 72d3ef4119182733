//! Which processor the story is about.

use std::str::FromStr;

use billing_domain::ProcessorId;

/// The two that this program can tell of. A library's processors are open; a command line's are a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Processor {
    Moneris,
    #[default]
    Stripe,
}

impl Processor {
    /// As people write it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Moneris => "Moneris",
            Self::Stripe => "Stripe",
        }
    }

    /// As the library knows it.
    pub(crate) const fn id(self) -> ProcessorId {
        match self {
            Self::Moneris => ProcessorId::MONERIS,
            Self::Stripe => ProcessorId::STRIPE,
        }
    }
}

impl FromStr for Processor {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "moneris" => Ok(Self::Moneris),
            "stripe" => Ok(Self::Stripe),
            _ => Err("there is no such processor; the processors are stripe, moneris"),
        }
    }
}

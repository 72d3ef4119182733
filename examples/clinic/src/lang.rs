//! The two languages of Canada. Which one a person reads is kept by the session, not here.

use billing_domain::Language;

/// The language a page is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English, as in Canada.
    #[default]
    En,
    /// French, as in Canada.
    Fr,
}

impl Lang {
    /// Both.
    pub const ALL: [Self; 2] = [Self::En, Self::Fr];

    /// `en` or `fr`: the form's field, the cookie, and what Stripe.js takes as its locale.
    pub const fn code(self) -> &'static str {
        self.pick("en", "fr")
    }

    /// The page's `lang` attribute.
    pub const fn tag(self) -> &'static str {
        self.pick("en-CA", "fr-CA")
    }

    /// The language with this code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.code() == code)
    }

    /// The one of two texts that is in this language.
    pub const fn pick(self, english: &'static str, french: &'static str) -> &'static str {
        match self {
            Self::En => english,
            Self::Fr => french,
        }
    }
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::English,
            Lang::Fr => Self::French,
        }
    }
}

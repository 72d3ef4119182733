//! Who asks: the session, the language, and the dispensary in the path. What each may do there is the library's to say.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use billing_app::{Actor, PaymentView};
use billing_domain::{Dispensary, DispensaryId, InvoiceId, PaymentId, ProcessorId, RefundId};

use crate::answer::Refusal;
use crate::app::App;
use crate::form::Form;
use crate::lang::Lang;
use crate::pages::{Frame, Place};
use crate::people::Person;
use crate::places;
use crate::session::{Session, cookie};
use crate::words::Notice;

/// The cookie that remembers a language.
pub(crate) const LANGUAGE_COOKIE: &str = "clinic_lang";

/// Whoever asks, signed in or not.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) session: Session,
    pub(crate) lang: Lang,
    /// The path asked for.
    pub(crate) path: String,
    /// What the address says after the path.
    pub(crate) query: Form,
}

impl Visitor {
    pub(crate) fn of(session: Session, uri: &Uri, headers: &HeaderMap) -> Self {
        Self {
            session,
            lang: language(headers),
            path: uri.path().to_owned(),
            query: Form::parse(uri.query().unwrap_or_default().as_bytes()),
        }
    }

    /// What stands around a page that can be loaded again at `here`.
    pub(crate) fn frame<'a>(&'a self, here: &'a str) -> Frame<'a> {
        let person = self.session.person;
        Frame {
            lang: self.lang,
            csrf: &self.session.csrf,
            person: person.map(Person::as_str),
            permissions: person.map_or(&[], Person::permissions),
            place: None,
            here,
            notice: self.notice().filter(|notice| !notice.tells_of_money()),
        }
    }

    /// What the address says was just done.
    fn notice(&self) -> Option<Notice> {
        Notice::of_code(self.query.text("notice"))
    }
}

/// The language chosen, or the one the browser prefers.
fn language(headers: &HeaderMap) -> Lang {
    let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let chosen = text(header::COOKIE).and_then(|cookies| Lang::of_code(cookie(cookies, LANGUAGE_COOKIE)?));
    chosen.unwrap_or_else(|| match text(header::ACCEPT_LANGUAGE) {
        Some(accepted) if accepted.to_ascii_lowercase().starts_with("fr") => Lang::Fr,
        _ => Lang::En,
    })
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _app: &Arc<App>) -> Result<Self, Refusal> {
        parts.extensions.get().cloned().ok_or(Refusal::SignedOut)
    }
}

/// A visitor who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(crate) visitor: Visitor,
    pub(crate) person: Person,
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let person = visitor.session.person.ok_or(Refusal::SignedOut)?;
        Ok(Self { visitor, person })
    }
}

/// Somebody signed in, at work in the dispensary of the path. There is no other way to an [`Actor`] than through a
/// dispensary that is theirs.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    pub(crate) visitor: Visitor,
    pub(crate) actor: Actor,
    pub(crate) dispensary: Dispensary,
    ids: Vec<(String, String)>,
}

impl Desk {
    /// The invoice of the path.
    pub(crate) fn invoice(&self) -> Result<InvoiceId, Refusal> {
        self.id("invoice")
    }

    /// The payment of the path.
    pub(crate) fn payment(&self) -> Result<PaymentId, Refusal> {
        self.id("payment")
    }

    /// The refund of the path.
    pub(crate) fn refund(&self) -> Result<RefundId, Refusal> {
        self.id("refund")
    }

    /// The processor of the path: one with a pane.
    pub(crate) fn processor(&self) -> Result<ProcessorId, Refusal> {
        processor(&self.id::<String>("processor")?)
    }

    /// An address in this dispensary.
    pub(crate) fn path(&self, rest: impl std::fmt::Display) -> String {
        format!("/d/{}/{rest}", self.actor.dispensary)
    }

    /// What stands around a page of this dispensary that can be loaded again at `here`.
    pub(crate) fn frame<'a>(&'a self, here: &'a str) -> Frame<'a> {
        let place = Place { id: self.dispensary.id, name: &self.dispensary.name };
        Frame { place: Some(place), ..self.visitor.frame(here) }
    }

    /// The same around a page that shows how a payment stands: what the address says of it, or of what was given back of it last,
    /// is repeated only if it is so.
    pub(crate) fn frame_of_payment<'a>(&'a self, here: &'a str, stands: Option<&PaymentView>) -> Frame<'a> {
        let frame = self.frame(here);
        let is_so = |told: &Notice| {
            let of_refund = stands.and_then(|view| view.payment.refunds.last());
            stands.is_some_and(|view| Notice::of_payment(view.state) == *told)
                || of_refund.is_some_and(|refund| Notice::of_refund(&refund.state) == *told)
        };
        Frame { notice: frame.notice.or(self.visitor.notice().filter(is_so)), ..frame }
    }

    pub(crate) fn id<T: std::str::FromStr>(&self, name: &str) -> Result<T, Refusal> {
        let found = self.ids.iter().find(|(field, _)| field == name);
        found.and_then(|(_, id)| id.parse().ok()).ok_or(Refusal::NotFound)
    }
}

/// A processor that has a pane in Billing Settings.
pub(crate) fn processor(name: &str) -> Result<ProcessorId, Refusal> {
    let known = [ProcessorId::MONERIS, ProcessorId::STRIPE];
    known.into_iter().find(|processor| processor.as_str() == name).ok_or(Refusal::NotFound)
}

impl FromRequestParts<Arc<App>> for Desk {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        let SignedIn { visitor, person } = SignedIn::from_request_parts(parts, app).await?;
        let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| Refusal::NotFound)?;
        let ids: Vec<_> = params.iter().map(|(name, id)| (name.to_owned(), id.to_owned())).collect();
        let (_, named) = ids.iter().find(|(name, _)| name == "dispensary").ok_or(Refusal::NotFound)?;
        let id: DispensaryId = named.parse().map_err(|_| Refusal::NotFound)?;
        // Somebody else's dispensary and one that does not exist are the same to whoever asks.
        let actor = person.actor_in(id).ok().flatten().ok_or(Refusal::NotFound)?;
        let dispensary = places::all().into_iter().find(|place| place.id == id).ok_or(Refusal::NotFound)?;
        Ok(Self { visitor, actor, dispensary, ids })
    }
}

#[cfg(test)]
mod tests {
    use billing_domain::payment::{Payment, PaymentState};
    use billing_domain::{AccountRef, ActorId, Currency, Money};
    use jiff::Timestamp;

    use super::*;

    fn headers(of: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (name.clone(), header::HeaderValue::from_static(value))).collect()
    }

    fn desk(uri: &'static str) -> Desk {
        let session = Session::new(Some(Person::FrontDeskA), Timestamp::UNIX_EPOCH).unwrap();
        let [dispensary, _] = places::all();
        Desk {
            visitor: Visitor::of(session, &Uri::from_static(uri), &HeaderMap::new()),
            actor: Person::FrontDeskA.actor_in(dispensary.id).unwrap().unwrap(),
            dispensary,
            ids: Vec::new(),
        }
    }

    /// A payment that stands like this.
    fn view(state: PaymentState) -> PaymentView {
        let [dispensary, _] = places::all();
        let id = "01930000-0000-7000-8000-000000000010";
        let payment = Payment {
            id: id.parse().unwrap(),
            payable: id.parse::<InvoiceId>().unwrap().into(),
            amount: Money::zero(Currency::CAD),
            account: AccountRef {
                dispensary: dispensary.id,
                processor: ProcessorId::STRIPE,
                account: id.parse().unwrap(),
            },
            opened_at: Timestamp::UNIX_EPOCH,
            opened_by: ActorId::system(),
            attempts: Vec::new(),
            strays: Vec::new(),
            refunds: Vec::new(),
        };
        PaymentView { payment, state, decline: None }
    }

    #[test]
    fn an_address_that_says_paid_is_believed_by_a_page_that_knows_only() {
        let desk = desk("/anywhere?notice=payment-succeeded");
        assert_eq!(desk.frame("/").notice, None);
        assert_eq!(desk.frame_of_payment("/", None).notice, None);
        for state in [PaymentState::Open, PaymentState::Unknown] {
            assert_eq!(desk.frame_of_payment("/", Some(&view(state))).notice, None, "{state:?}");
        }
        let paid = desk.frame_of_payment("/", Some(&view(PaymentState::Succeeded))).notice;
        assert_eq!(paid, Some(Notice::PaymentSucceeded));
    }

    #[test]
    fn an_address_that_says_given_back_is_not_believed_of_a_payment_without_a_refund() {
        let desk = desk("/anywhere?notice=refund-succeeded");
        assert_eq!(desk.frame_of_payment("/", Some(&view(PaymentState::Succeeded))).notice, None);
    }

    #[test]
    fn what_was_done_to_anything_else_is_told_on_every_page() {
        let desk = desk("/anywhere?notice=invoice-saved");
        assert_eq!(desk.frame("/").notice, Some(Notice::InvoiceSaved));
        assert_eq!(desk.frame_of_payment("/", None).notice, Some(Notice::InvoiceSaved));
    }

    #[test]
    fn the_chosen_language_wins_over_the_browsers() {
        let french = (header::ACCEPT_LANGUAGE, "fr-CA,fr;q=0.9,en;q=0.8");
        assert_eq!(language(&headers(&[])), Lang::En);
        assert_eq!(language(&headers(std::slice::from_ref(&french))), Lang::Fr);
        assert_eq!(language(&headers(&[french.clone(), (header::COOKIE, "clinic_lang=en")])), Lang::En);
        assert_eq!(language(&headers(&[french, (header::COOKIE, "clinic_lang=xx")])), Lang::Fr);
    }
}

//! Cardholders: they type good and bad cards, press Pay twice, leave the page open, and come back hours later.

use std::sync::Arc;
use std::time::Duration;

use billing_app::Actor;
use billing_domain::payment::Reference;
use billing_domain::{CardGrant, Handover, PaymentId, ProcessorId};
use billing_moneris::{CheckoutTicket, HostedTokenization};
use billing_stripe::StripeElements;
use billing_testkit::moneris::{Card as MonerisCard, CheckoutCardholder};
use billing_testkit::stripe::{Authentication, Card, Cardholder};
use secrecy::ExposeSecret as _;

use super::Fault;
use super::chance::Luck;
use super::names::readable;
use super::truth::{payment_named, seen_at_moneris, seen_at_stripe};
use super::world::World;

/// What a cardholder has on the screen.
#[derive(Clone, Debug)]
pub(super) enum Browser {
    /// Moneris's frame: what it gives goes to our server, which charges.
    Frame(HostedTokenization),
    /// Moneris Checkout.
    Page { order: Option<PaymentId>, page: CheckoutCardholder },
    /// Stripe's fields.
    Stripe { intent: String, page: Cardholder },
}

const CARDS: [Card; 14] = [
    Card::VISA,
    Card::VISA,
    Card::MASTERCARD,
    Card::AMEX,
    Card::VISA_CANADA,
    Card::GENERIC_DECLINE,
    Card::INSUFFICIENT_FUNDS,
    Card::AUTHENTICATE,
    Card::AUTHENTICATE_THEN_DECLINE,
    Card::EXPIRED,
    Card::PROCESSING,
    Card::PENDING_REFUND,
    Card::REFUND_FAILS,
    Card::CVC_CHECK_FAILS,
];

const MONERIS_CARDS: [MonerisCard; 12] = [
    MonerisCard::VISA,
    MonerisCard::VISA,
    MonerisCard::MASTERCARD,
    MonerisCard::AMEX,
    MonerisCard::VISA_OTHER,
    MonerisCard::CVD_MISMATCH,
    MonerisCard::DECLINED,
    MonerisCard::INSUFFICIENT_FUNDS,
    MonerisCard::EXPIRED,
    MonerisCard::REFUND_DECLINED,
    MonerisCard::TIMES_OUT,
    MonerisCard::TIMES_OUT_PAID,
];

impl Browser {
    /// The page that was given this hand-over.
    #[expect(
        clippy::disallowed_methods,
        reason = "the browser is given the client secret and the ticket, as it must be"
    )]
    pub(super) fn open(world: &World, handover: &Handover) -> Self {
        if handover.processor == ProcessorId::STRIPE {
            let elements = StripeElements::try_from(handover).unwrap();
            let secret = elements.client_secret.expose_secret();
            let intent = secret.split("_secret_").next().unwrap_or_default().to_owned();
            return Self::Stripe { intent, page: world.stripe.cardholder(secret, &elements.publishable_key) };
        }
        if let Ok(frame) = HostedTokenization::try_from(handover) {
            return Self::Frame(frame);
        }
        let ticket = CheckoutTicket::try_from(handover).unwrap().ticket;
        let order = super::lock(&world.truth).payment_of_ticket(ticket.expose_secret());
        Self::Page { order, page: world.moneris.checkout_cardholder(ticket.expose_secret()) }
    }
}

/// Somebody in front of a browser.
pub(super) struct Person {
    world: Arc<World>,
    payment: PaymentId,
    invoice: u64,
    /// On whose behalf the page calls our server.
    desk: Actor,
    luck: Luck,
}

impl Person {
    pub(super) fn new(
        world: &Arc<World>,
        payment: PaymentId,
        invoice: u64,
        session: u64,
        desk: Actor,
    ) -> Self {
        let luck = world.chance.stream("person", invoice * 1_000 + session);
        Self { world: Arc::clone(world), payment, invoice, desk, luck }
    }

    /// Pays, or tries to, or goes away. The page may stay open, and be used again much later.
    pub(super) async fn sits_down(mut self, browser: Browser) {
        if self.luck.per_mille(80) {
            return;
        }
        for _ in 0..=self.luck.below(3) {
            tokio::time::sleep(self.luck.patience(Duration::from_mins(4))).await;
            if self.tries(&browser).await {
                break;
            }
        }
        if self.world.strikes("page left open", self.invoice, &[Fault::PaidLate]).is_some() {
            tokio::time::sleep(self.luck.between(Duration::from_mins(2), Duration::from_mins(150))).await;
            self.tries(&browser).await;
        }
    }

    /// One card. Whether the person believes it is done.
    async fn tries(&mut self, browser: &Browser) -> bool {
        self.world.set_processors_clocks();
        match browser {
            Browser::Frame(frame) => self.fills_in_the_frame(frame).await,
            Browser::Page { order, page } => {
                let card = self.luck.one_of(&MONERIS_CARDS);
                let said = page.pay(card);
                self.tell(&format!("pays in Checkout, {}: {said:?}", card.number));
                for till in &self.world.tills {
                    self.see_orders(till.id(), *order);
                }
                matches!(said, Ok(billing_testkit::moneris::CheckoutEnd::Approved))
            }
            Browser::Stripe { intent, page } => self.pays_at_stripe(intent, page).await,
        }
    }

    fn see_orders(&self, store: &str, order: Option<PaymentId>) {
        let payment = order.unwrap_or(self.payment);
        let newest = self.world.moneris.newest_order(store);
        if let Some(entry) = newest.filter(|entry| payment_named(&entry.order_id) == Some(payment)) {
            seen_at_moneris(&self.world, store, &entry.order_id);
        }
    }

    async fn pays_at_stripe(&mut self, intent: &str, page: &Cardholder) -> bool {
        let card = self.luck.one_of(&CARDS);
        let Ok(answer) = page.pay(card).await else { return false };
        self.tell(&format!("pays at Stripe, {}: {:?}", card.number, answer.intent_status()));
        seen_at_stripe(&self.world, intent);
        if answer.intent_status() == Some("requires_action") {
            tokio::time::sleep(self.luck.patience(Duration::from_mins(5))).await;
            let ends = match self.luck.below(6) {
                0 => return false,
                1 => Authentication::Fails,
                _ => Authentication::Passes,
            };
            self.world.set_processors_clocks();
            let Ok(answer) = page.authenticate(ends).await else { return false };
            self.tell(&format!("answers the bank, {ends:?}: {:?}", answer.intent_status()));
            seen_at_stripe(&self.world, intent);
            return answer.intent_status() == Some("succeeded");
        }
        matches!(answer.intent_status(), Some("processing" | "succeeded"))
    }

    /// The page sends what the frame gave; our server charges.
    async fn fills_in_the_frame(&mut self, frame: &HostedTokenization) -> bool {
        let card = self.luck.one_of(&MONERIS_CARDS);
        let cardholder = self.world.moneris.cardholder(&frame.profile_id);
        let Ok(token) = cardholder.tokenize(card) else { return false };
        let grant =
            |token: String| CardGrant { reference: Reference(frame.order_id.clone()), token: token.into() };
        self.tell(&format!(
            "types {} into the frame of {}",
            card.number,
            frame.order_id.rsplit('-').next().unwrap_or_default()
        ));
        if self.luck.per_mille(100) {
            // The page is slow, or the person is.
            tokio::time::sleep(self.luck.patience(Duration::from_mins(20))).await;
        }
        let Some((_, mut luck)) = self.world.strikes("two grants", self.invoice, &[Fault::DoneTwice]) else {
            return self.charge(grant(token)).await;
        };
        // The same grant twice, or a second one from the same page.
        let twin =
            if luck.per_mille(500) { Ok(token.clone()) } else { cardholder.tokenize(MonerisCard::VISA) };
        let (first, second) = (grant(token), grant(twin.unwrap_or_default()));
        let mut other = Self::new(&self.world, self.payment, self.invoice, 999, self.desk.clone());
        let (one, two) = tokio::join!(self.charge(first), other.charge(second));
        one || two
    }

    async fn charge(&mut self, grant: CardGrant) -> bool {
        let process = self.world.wait_for_a_process(&mut self.luck).await;
        let charge = process.billing.charge_card(&self.desk, self.payment, grant);
        let charged = match self.world.strikes("call", self.invoice, &[Fault::FutureDropped]) {
            Some((_, mut luck)) => match super::desk::polled(charge, 1 + luck.below(6)).await {
                Some(charged) => charged,
                None => return false,
            },
            None => charge.await,
        };
        match charged {
            Ok(view) => {
                self.tell(&format!("charged: {}", view.state.as_str()));
                view.payment.newest().is_some_and(|newest| newest.state.is_resolved())
            }
            Err(error) => {
                self.tell(&format!("not charged: {}", error.code()));
                false
            }
        }
    }

    fn tell(&self, what: &str) {
        self.world.note(|| format!("cardholder of {}: {what}", readable(self.payment.uuid())));
    }
}

//! The clinic's side of Moneris: credentials saved, the frame handed over, and what the cardholder's browser brings back.

use billing_app::{BillingError, PaymentView, SaveKeys, Saved};
use billing_credentials::{Submitted, fields};
use billing_domain::payment::Reference;
use billing_domain::{CardGrant, Handover, InvoiceId, PaymentId, ProcessorId};
use billing_moneris::HostedTokenization;
use billing_testkit::moneris::Card;

use crate::{Clinic, front_desk, handover_of, owner};

impl Clinic {
    /// A clinic with Moneris credentials saved, paying by hosted tokenization.
    pub async fn with_moneris() -> Self {
        let clinic = Self::unlocked().await;
        clinic.save_moneris().await.unwrap();
        clinic
    }

    /// A clinic with Moneris credentials saved, paying by Checkout.
    pub async fn with_checkout() -> Self {
        let clinic = Self::unlocked().await;
        let checkout = clinic.till.checkout_id();
        clinic.save_moneris_fields(&[(fields::CHECKOUT_ID, &checkout)]).await.unwrap();
        clinic
    }

    /// The owner pastes the store's credentials and its hosted-tokenization profile, and saves.
    pub async fn save_moneris(&self) -> Result<Saved, BillingError> {
        let profile = self.till.profile_id();
        self.save_moneris_fields(&[(fields::PROFILE_ID, &profile)]).await
    }

    /// The owner pastes the store's credentials and these fields, and saves.
    pub async fn save_moneris_fields(&self, more: &[(&str, &str)]) -> Result<Saved, BillingError> {
        let token = self.till.api_token();
        let credentials = [(fields::STORE_ID, self.till.id()), (fields::API_TOKEN, &token)];
        let pasted: Submitted = credentials.into_iter().chain(more.iter().copied()).collect();
        self.billing.save_keys(&owner(self.dispensary), SaveKeys::checked(ProcessorId::MONERIS, pasted)).await
    }

    /// Window, Send Request, and the frame that was handed over.
    pub async fn hand_over_frame(&self, invoice: InvoiceId) -> (PaymentId, HostedTokenization) {
        let (payment, sent) = self.send(invoice).await.unwrap();
        (payment, frame_of(&handover_of(sent)))
    }

    /// The cardholder types a card into the frame; what the page sends back.
    pub fn grant(&self, frame: &HostedTokenization, card: Card) -> CardGrant {
        let token = self.moneris.cardholder(&frame.profile_id).tokenize(card).unwrap();
        CardGrant { reference: Reference(frame.order_id.clone()), token: token.into() }
    }

    /// The page brings a grant back and the front desk's host charges it.
    pub async fn charge(&self, payment: PaymentId, grant: CardGrant) -> Result<PaymentView, BillingError> {
        self.billing.charge_card(&front_desk(self.dispensary), payment, grant).await
    }

    /// An invoice's whole way by hosted tokenization: handed over and charged.
    pub async fn pay_by_frame(&self, invoice: InvoiceId, card: Card) -> (PaymentId, PaymentView) {
        let (payment, frame) = self.hand_over_frame(invoice).await;
        let view = self.charge(payment, self.grant(&frame, card)).await.unwrap();
        (payment, view)
    }
}

/// The frame of a hand-over; a story that was handed something else stops here.
pub fn frame_of(handover: &Handover) -> HostedTokenization {
    HostedTokenization::try_from(handover).unwrap()
}

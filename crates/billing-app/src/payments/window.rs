//! Opening the payment window: what it shows and in which order. Writes nothing, calls nobody.

use billing_domain::payment::{Attempt, AttemptState, Payment};
use billing_domain::{
    AccountRef, BillingName, DispensaryId, Flow, Money, Payable, PayableState, PaymentId, ProcessorId,
    PublicFields,
};

use crate::billing::Parts;
use crate::payments::PayableSource;
use crate::{Actor, Billing, BillingError, Permission};

/// What the payment window shows, and what Send Request needs back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentWindow {
    /// The payment Send Request will make, or the actor's own open one it will resume.
    pub payment: PaymentId,
    /// Whether it resumes an open payment.
    pub resumes: bool,
    /// What the cardholder pays.
    pub total: Money,
    /// The payer's name: the proposal for the name on the card, to be edited in the window, never sent by us.
    pub billing_name: BillingName,
    /// The fields, in the order they stand.
    pub fields: [WindowField; 6],
    /// Which processor's fields to draw.
    pub processor: ProcessorId,
    /// The account they are drawn for; Send Request refuses if it is not in use any more.
    pub account: AccountRef,
    /// How the cardholder pays there.
    pub flow: Flow,
    /// What the processor's fields need in the browser (Stripe: the publishable key).
    pub public: PublicFields,
}

/// A field of the payment window. The card's brand is never asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowField {
    /// What is paid; fixed.
    Total,
    /// The name on the card; ours, editable, goes from the browser to the processor.
    BillingName,
    /// The processor's own field.
    CardNumber,
    /// The processor's own field.
    Expiry,
    /// The processor's own field.
    Cvc,
    /// The processor's own field, shown only where its card needs one.
    PostalCodeIfApplicable,
}

impl WindowField {
    /// All fields in order.
    pub const IN_ORDER: [Self; 6] = [
        Self::Total,
        Self::BillingName,
        Self::CardNumber,
        Self::Expiry,
        Self::Cvc,
        Self::PostalCodeIfApplicable,
    ];

    /// Its stable word, for programs to switch on and to keep; never prose for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::BillingName => "billing_name",
            Self::CardNumber => "card_number",
            Self::Expiry => "expiry",
            Self::Cvc => "cvc",
            Self::PostalCodeIfApplicable => "postal_code_if_applicable",
        }
    }
}

impl Billing {
    /// Opens the payment window on an invoice, ours or a host's own. Nothing is written or sent.
    ///
    /// An open payment of the same actor is resumed; anyone else's is [`BillingError::PaymentInProgress`].
    pub async fn open_window(
        &self,
        actor: &Actor,
        source: PayableSource,
    ) -> Result<PaymentWindow, BillingError> {
        let parts = &self.parts;
        parts.authorise(actor, Permission::TakePayment).await?;
        let payable = parts.payable_of(actor.dispensary, &source).await?;
        let mut state = parts.newest_state(actor.dispensary, payable).await?;
        if let Some(open) = state.open_payment {
            if let Some(window) = parts.window_on_open(actor, &state, open).await? {
                return Ok(window);
            }
            // Never handed over and overdue: Send Request will supersede it.
            state.open = Money::zero(state.payable.total.currency());
        }
        let total = state.outstanding()?;
        if !total.is_positive() {
            return Err(BillingError::NothingOutstanding);
        }
        let connected = parts.chosen(actor.dispensary).await?;
        connected.accepts(total)?;
        Ok(PaymentWindow {
            payment: PaymentId::new(parts.ids.next()),
            resumes: false,
            total,
            billing_name: state.payable.billing_name,
            fields: WindowField::IN_ORDER,
            processor: connected.record.account.processor.clone(),
            public: connected.processor.window_fields(&connected.processor.flow(), &connected.record.public),
            flow: connected.processor.flow(),
            account: connected.record.account,
        })
    }
}

impl Parts {
    /// The payable's figures: read from our invoice, or as the host supplies them.
    pub(crate) async fn payable_of(
        &self,
        dispensary: DispensaryId,
        source: &PayableSource,
    ) -> Result<Payable, BillingError> {
        match source {
            PayableSource::Host(payable) => {
                self.check_hosts_own(dispensary, payable).await?;
                Ok(payable.clone())
            }
            PayableSource::Invoice(id) => {
                let invoice = self.store.invoice(dispensary, *id).await?;
                Ok(Payable::of_invoice(&invoice.ok_or(BillingError::NotFound("invoice"))?)?)
            }
        }
    }

    /// A host's payable must not pass for an invoice of this library, whose figures only its own calls may change.
    pub(crate) async fn check_hosts_own(
        &self,
        dispensary: DispensaryId,
        payable: &Payable,
    ) -> Result<(), BillingError> {
        let Ok(id) = payable.id.as_str().parse() else { return Ok(()) };
        match self.store.invoice(dispensary, id).await? {
            Some(_) => Err(BillingError::AlreadyExists("invoice")),
            None => Ok(()),
        }
    }

    /// The given figures with what is stored of the payable's payments; stored figures win when they are newer, and
    /// figures that differ under one version are refused.
    pub(crate) async fn newest_state(
        &self,
        dispensary: DispensaryId,
        payable: Payable,
    ) -> Result<PayableState, BillingError> {
        let stored = self.store.payable(dispensary, &payable.id).await?;
        let nothing = Money::zero(payable.total.currency());
        Ok(match stored {
            Some(stored) if stored.payable.version == payable.version && stored.payable != payable => {
                return Err(BillingError::FiguresConflict { version: payable.version });
            }
            Some(stored) if stored.payable.version >= payable.version => stored,
            Some(stored) => PayableState { payable, ..stored },
            None => PayableState {
                payable,
                captured: nothing,
                refunded: nothing,
                open: nothing,
                open_payment: None,
            },
        })
    }

    /// What the browser draws an open payment's fields from; without the account's keys, what was kept of it.
    async fn window_fields(
        &self,
        payment: &Payment,
        attempt: &Attempt,
    ) -> Result<PublicFields, BillingError> {
        match self.pinned(&payment.account).await {
            Ok(connected) => Ok(connected.processor.window_fields(&attempt.flow, &attempt.public)),
            Err(BillingError::CredentialsMissing { .. }) => Ok(attempt.public.clone()),
            Err(error) => Err(error),
        }
    }

    async fn window_on_open(
        &self,
        actor: &Actor,
        state: &PayableState,
        open: PaymentId,
    ) -> Result<Option<PaymentWindow>, BillingError> {
        let payment =
            self.store.payment(actor.dispensary, open).await?.ok_or(BillingError::NotFound("payment"))?;
        let attempt = payment.newest().ok_or(BillingError::NotFound("payment"))?;
        if payment.opened_by != actor.id {
            if attempt.state == AttemptState::Sending && self.clock.now() > attempt.begin_deadline {
                return Ok(None);
            }
            return Err(BillingError::PaymentInProgress {
                payment: payment.id,
                by: payment.opened_by,
                since: payment.opened_at,
            });
        }
        check_still_asked(state, &payment)?;
        Ok(Some(PaymentWindow {
            payment: payment.id,
            resumes: true,
            total: payment.amount,
            billing_name: state.payable.billing_name.clone(),
            fields: WindowField::IN_ORDER,
            processor: payment.account.processor.clone(),
            account: payment.account.clone(),
            flow: attempt.flow.clone(),
            public: self.window_fields(&payment, attempt).await?,
        }))
    }
}

/// An open payment takes what its invoice owes. A host whose invoice changed meanwhile must cancel the payment first.
pub(crate) fn check_still_asked(state: &PayableState, payment: &Payment) -> Result<(), BillingError> {
    if state.owed()? == payment.amount {
        return Ok(());
    }
    Err(BillingError::OpenPaymentOutdated { payment: payment.id })
}

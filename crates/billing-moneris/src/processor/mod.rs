//! One Moneris store behind the payment port; each operation has its own file here. Nothing is remembered between calls.
//!
//! Two flows. Hosted tokenization: the browser brings a token from Moneris's frame, and our server charges it once. Checkout: the
//! cardholder pays in Moneris's page, with a ticket that our server asked for.

mod begin;
mod cancel;
mod charge;
mod observe;
mod refund;
mod scan;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use billing_credentials::OpenedAccount;
use billing_credentials::fields::{API_TOKEN, CHECKOUT_ID, PROFILE_ID, STORE_ID};
use billing_domain::payment::{Capture, SubmitKey};
use billing_domain::{
    AccountRef, Begun, CancelMode, Capabilities, CardGrant, ChargeFact, ChargeOrder, ChargePlace,
    EvidenceMode, Flow, ManyFact, Money, PayableId, PaymentProcessor, ProcessorErrorKind, PublicFields,
    QueryError, RefundCare, RefundFact, RefundOrder, RefundPlan, Scan, ScanPage, SubmitError,
};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::amount::to_wire;
use crate::api::Api;
use crate::encode::Store;
use crate::error::{NoReply, not_sent};
use crate::expose::expose;
use crate::handover::{frame_fields, script_fields};

/// The cardholder pays in Moneris's page: used by accounts that have a Checkout id saved.
pub const FLOW_CHECKOUT: Flow = Flow::new("checkout");

/// The browser brings a token from Moneris's frame, and our server charges it: used by accounts that have a profile saved and no
/// Checkout id.
pub const FLOW_HOSTED_TOKENIZATION: Flow = Flow::new("hosted_tokenization");

/// The number of our encoding of requests: it changes whenever the bytes of the same order do.
const ENCODING: u16 = 1;

/// A repeated hand-over of hosted tokenization makes no call, so it is safe for as long as anybody could want it.
const HAND_OVER_AGAIN_WITHIN: Duration = Duration::from_hours(24);

/// After this the charge has its answer or none: a call ends 38 s after it began.
const CHECK_AFTER: Duration = Duration::from_secs(40);

/// Moneris's integration guide wants a status check within two minutes of the charge, and once
/// (<https://github.com/Moneris/Moneris-Gateway-API-Java>).
const CHECK_BEFORE: Duration = Duration::from_secs(110);

/// The longest order id, and the longest customer id
/// (<https://developer.moneris.com/hosted-solutions/reference/preload-request-api-ref>).
const ID_LENGTH_MAX: usize = 50;

/// One Moneris store. Made by [`MonerisConnector::connect`](billing_credentials::ProcessorConnector::connect).
#[derive(Clone)]
pub struct MonerisProcessor {
    account: AccountRef,
    api: Api,
    /// `None` if the saved credentials cannot be read; every call then says that they are rejected.
    credentials: Option<(String, SecretString)>,
    public: PublicFields,
}

impl MonerisProcessor {
    pub(crate) fn new(api: Api, opened: &OpenedAccount) -> Self {
        let store = opened.public.field(STORE_ID).map(str::to_owned);
        Self {
            account: opened.account.clone(),
            api,
            credentials: store.zip(opened.secrets.secret(API_TOKEN).cloned()),
            public: opened.public.clone(),
        }
    }

    /// The store, for an order of this account: an order id means something in one store only.
    fn store_for(&self, account: &AccountRef) -> Result<Store<'_>, NoReply> {
        if *account != self.account {
            return Err(not_sent(ProcessorErrorKind::Unsupported));
        }
        let (id, token) =
            self.credentials.as_ref().ok_or_else(|| not_sent(ProcessorErrorKind::CredentialsRejected))?;
        Ok(Store { id, token })
    }
}

/// The order id, if Moneris can take it: anything else in it would not come back as it went.
fn order_id(key: &SubmitKey) -> Result<&str, NoReply> {
    let text = key.0.as_str();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if (1..=ID_LENGTH_MAX).contains(&text.len()) && text.bytes().all(allowed) {
        Ok(text)
    } else {
        Err(not_sent(ProcessorErrorKind::Rejected(Some("order_id".to_owned()))))
    }
}

/// The invoice's id, if Moneris has room for it; it is for people who search there, and nothing rests on it.
fn cust_id(payable: &PayableId) -> Option<&str> {
    Some(payable.as_str()).filter(|id| id.len() <= ID_LENGTH_MAX)
}

/// The amount as Moneris writes it.
fn amount(amount: Money) -> Result<String, NoReply> {
    to_wire(amount).map_err(not_sent)
}

/// Whether a token can be one of the frame's: 20 to 50 letters, digits and dashes, a letter among them so that no card's number passes.
/// Lengths from 25 to 34 have been seen.
fn is_token(token: &SecretString) -> bool {
    let text = expose(token);
    (20..=ID_LENGTH_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

impl fmt::Debug for MonerisProcessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonerisProcessor").field("account", &self.account).finish_non_exhaustive()
    }
}

#[async_trait]
impl PaymentProcessor for MonerisProcessor {
    fn account(&self) -> &AccountRef {
        &self.account
    }

    fn flow(&self) -> Flow {
        if self.public.field(CHECKOUT_ID).is_some() { FLOW_CHECKOUT } else { FLOW_HOSTED_TOKENIZATION }
    }

    fn capabilities(&self, flow: &Flow) -> Capabilities {
        let checkout = *flow == FLOW_CHECKOUT;
        Capabilities {
            charge: if checkout { ChargePlace::InBrowser } else { ChargePlace::OnReturn },
            evidence: if checkout {
                EvidenceMode::ByReference
            } else {
                EvidenceMode::Once { after: CHECK_AFTER, before: CHECK_BEFORE }
            },
            cancel: if checkout { CancelMode::Impossible } else { CancelMode::BeforeCharge },
            encoding: ENCODING,
            replay_within: if checkout { Duration::ZERO } else { HAND_OVER_AGAIN_WITHIN },
            refunds: RefundCare::SentOnce,
            lists: false,
        }
    }

    fn accepts(&self, amount: Money) -> Result<(), ProcessorErrorKind> {
        if self.public.field(CHECKOUT_ID).is_none() && self.public.field(PROFILE_ID).is_none() {
            return Err(ProcessorErrorKind::Incomplete(PROFILE_ID));
        }
        to_wire(amount).map(drop)
    }

    fn accepts_grant(&self, grant: &CardGrant) -> Result<(), ProcessorErrorKind> {
        // An attempt that began before a Checkout id was saved may still bring one, as long as the profile is there.
        if self.public.field(PROFILE_ID).is_none() {
            return Err(ProcessorErrorKind::Unsupported);
        }
        if is_token(&grant.token) { Ok(()) } else { Err(ProcessorErrorKind::GrantMalformed) }
    }

    fn window_fields(&self, flow: &Flow, public: &PublicFields) -> PublicFields {
        let config = &self.api.config;
        let ours = match public.field(PROFILE_ID) {
            _ if *flow == FLOW_CHECKOUT => script_fields(config),
            Some(profile) if *flow == FLOW_HOSTED_TOKENIZATION => frame_fields(config, profile),
            _ => PublicFields::default(),
        };
        PublicFields(public.0.clone().into_iter().chain(ours.0).collect())
    }

    async fn begin(&self, order: &ChargeOrder) -> Result<Begun, SubmitError> {
        self.start(order).await
    }

    async fn resume(&self, order: &ChargeOrder) -> Result<Begun, QueryError> {
        self.reopen(order).await
    }

    async fn charge(&self, order: &ChargeOrder) -> Result<ChargeFact, SubmitError> {
        self.purchase(order).await
    }

    async fn observe(&self, order: &ChargeOrder) -> Result<ChargeFact, QueryError> {
        self.look(order).await
    }

    async fn cancel(&self, _: &ChargeOrder, _: u32) -> Result<ChargeFact, SubmitError> {
        Self::abandon()
    }

    fn plan_refund(
        &self,
        capture: &Capture,
        given_back: Money,
        amount: Money,
        at: Timestamp,
    ) -> Result<RefundPlan, ProcessorErrorKind> {
        refund::plan(capture, given_back, amount, at)
    }

    async fn refund(&self, order: &RefundOrder) -> Result<RefundFact, SubmitError> {
        self.give_back(order).await
    }

    async fn observe_refund(&self, _: &RefundOrder) -> Result<RefundFact, QueryError> {
        Self::look_at_refund()
    }

    async fn observe_many(&self, _: &[ChargeOrder]) -> Result<Vec<ManyFact>, QueryError> {
        Self::list()
    }

    async fn scan(&self, _: &Scan) -> Result<ScanPage, QueryError> {
        Self::list()
    }
}

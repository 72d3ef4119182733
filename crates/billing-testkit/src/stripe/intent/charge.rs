//! Charges a card on an intent: the only place where an intent succeeds, declines or waits. Never reads a request.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::cards::{Act, After, Refusal};
use super::super::error::ApiError;
use super::super::ids::IdMaker;
use super::super::keys::Caller;
use super::{CardOnIntent, Intent, Status, charge_payload, payload};

/// One try at the bank.
#[derive(Deserialize, Serialize)]
pub(in crate::stripe) struct Charge {
    pub(in crate::stripe) id: String,
    pub(in crate::stripe) amount: i64,
    pub(super) authorization_code: Option<String>,
    pub(super) balance_transaction: Option<String>,
    pub(in crate::stripe) captured: bool,
    pub(in crate::stripe) card: CardOnIntent,
    pub(super) created: i64,
    /// `du_…`, once the cardholder has disputed it.
    #[serde(default)]
    pub(in crate::stripe) dispute: Option<String>,
    pub(super) refusal: Option<&'static Refusal>,
    pub(in crate::stripe) status: ChargeStatus,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub(in crate::stripe) enum ChargeStatus {
    Failed,
    Pending,
    Succeeded,
}

impl ChargeStatus {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
        }
    }
}

/// What the fake's clock and counter give to a new object.
pub(in crate::stripe) struct Maker<'a> {
    pub(in crate::stripe) ids: &'a mut IdMaker,
    pub(in crate::stripe) now: i64,
}

impl Intent {
    /// What has been captured, in the smallest unit.
    pub(in crate::stripe) fn captured(&self) -> i64 {
        self.charges.iter().filter(|charge| charge.captured).map(|charge| charge.amount).sum()
    }

    /// The cardholder disputes the charge that was captured. False if there is none, or if it is disputed already.
    pub(in crate::stripe) fn dispute(&mut self, maker: &mut Maker<'_>) -> bool {
        let disputable = |charge: &&mut Charge| charge.captured && charge.dispute.is_none();
        let Some(charge) = self.charges.iter_mut().find(disputable) else { return false };
        charge.dispute = Some(maker.ids.object("du", &self.account));
        true
    }

    /// Confirms with `card`. The caller has checked that the status allows it.
    pub(super) fn confirm_with(
        &mut self,
        card: CardOnIntent,
        return_url: Option<&str>,
        maker: &mut Maker<'_>,
        caller: &Caller,
    ) -> Result<(), ApiError> {
        self.payment_method = Some(card.payment_method.clone());
        self.last_payment_error = None;
        self.next_action = None;
        self.waiting = None;
        match card.card.act {
            Act::Authenticate(_) => {
                self.status = Status::RequiresAction;
                self.next_action = Some(next_action(&self.id, return_url));
                self.waiting = Some(card);
            }
            Act::Decline(refusal) => {
                return Err(self.decline(card, refusal, maker).with("payment_intent", self.seen_by(caller)));
            }
            Act::Process => {
                self.status = Status::Processing;
                self.charge(card.clone(), ChargeStatus::Pending, None, maker);
                self.waiting = Some(card);
            }
            Act::Succeed => self.succeed(card, maker),
        }
        Ok(())
    }

    /// The cardholder has answered the bank's challenge. Nothing happens unless one is open.
    pub(in crate::stripe) fn authenticate(&mut self, passed: bool, maker: &mut Maker<'_>) {
        if self.status != Status::RequiresAction {
            return;
        }
        let Some(card) = self.waiting.take() else { return };
        self.next_action = None;
        match card.card.act {
            Act::Authenticate(After::Decline(refusal)) if passed => drop(self.decline(card, refusal, maker)),
            _ if passed => self.succeed(card, maker),
            _ => self.fail_authentication(&card, maker),
        }
    }

    /// The bank has answered at last. False if the intent was not processing.
    pub(in crate::stripe) fn finish_processing(&mut self, paid: bool, maker: &mut Maker<'_>) -> bool {
        if self.status != Status::Processing {
            return false;
        }
        let Some(card) = self.waiting.take() else { return false };
        self.charges.pop_if(|charge| charge.status == ChargeStatus::Pending);
        if paid {
            self.succeed(card, maker);
        } else {
            drop(self.decline(card, &super::super::cards::GENERIC, maker));
        }
        true
    }

    fn succeed(&mut self, card: CardOnIntent, maker: &mut Maker<'_>) {
        let by_hand = self.settings.capture_method == "manual";
        self.charge(card, ChargeStatus::Succeeded, None, maker);
        if let Some(charge) = self.charges.last_mut() {
            charge.captured = !by_hand;
        }
        self.status = if by_hand { Status::RequiresCapture } else { Status::Succeeded };
    }

    fn decline(&mut self, card: CardOnIntent, refusal: &'static Refusal, maker: &mut Maker<'_>) -> ApiError {
        let method = charge_payload::payment_method(&card, maker.now, self.mode.is_live());
        let charge = self.charge(card, ChargeStatus::Failed, Some(refusal), maker);
        let mut error = ApiError::card(refusal.code, refusal.message).with("charge", charge);
        if let Some(code) = refusal.decline_code {
            error = error.with("decline_code", code);
        }
        if let Some(code) = refusal.advice_code {
            error = error.with("advice_code", code);
        }
        if !refusal.blocked_by_stripe {
            error = error.with("network_decline_code", "05");
        }
        error = error.with("payment_method", method);
        self.back_to_start(&error);
        error
    }

    fn fail_authentication(&mut self, card: &CardOnIntent, maker: &Maker<'_>) {
        let message = "We are unable to authenticate your payment method. Please choose a different payment \
                       method and try again.";
        let error = ApiError::invalid(message)
            .code("payment_intent_authentication_failure")
            .with("payment_method", charge_payload::payment_method(card, maker.now, self.mode.is_live()));
        self.back_to_start(&error);
    }

    /// A failed try is not the end: the intent takes another card.
    fn back_to_start(&mut self, error: &ApiError) {
        self.status = Status::RequiresPaymentMethod;
        self.payment_method = None;
        self.last_payment_error = Some(Value::Object(error.fields().clone()));
    }

    fn charge(
        &mut self,
        card: CardOnIntent,
        status: ChargeStatus,
        refusal: Option<&'static Refusal>,
        maker: &mut Maker<'_>,
    ) -> String {
        let id = maker.ids.object("ch", &self.account);
        let succeeded = status == ChargeStatus::Succeeded;
        self.charges.push(Charge {
            id: id.clone(),
            amount: self.amount,
            authorization_code: succeeded.then(|| maker.ids.text("authorization", 6).to_uppercase()),
            balance_transaction: succeeded.then(|| maker.ids.object("txn", &self.account)),
            captured: false,
            card,
            created: maker.now,
            dispute: None,
            refusal,
            status,
        });
        id
    }

    fn seen_by(&self, caller: &Caller) -> Value {
        payload::intent(self, payload::View::of(caller))
    }
}

fn next_action(id: &str, return_url: Option<&str>) -> Value {
    match return_url {
        Some(url) => json!({
            "redirect_to_url": { "return_url": url, "url": format!("https://hooks.stripe.com/3d_secure_2/{id}") },
            "type": "redirect_to_url",
        }),
        None => json!({
            "type": "use_stripe_sdk",
            "use_stripe_sdk": { "directory_server_name": "visa", "source": id, "type": "stripe_3ds2_fingerprint" },
        }),
    }
}

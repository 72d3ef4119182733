//! Money given back: asked for, looked at, and decided by a person where no program can tell.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use billing_app::{BillingError, Permission, RandomIds, RefundRequest, RefundView};
use billing_domain::payment::{CaptureId, Payment};
use billing_domain::{Currency, Ids as _, Money, RefundId};

use super::draft::{figure, figure_in};
use super::payments::{Instead, found, shown, typed};
use crate::answer::{Refusal, status};
use crate::app::App;
use crate::capture_code;
use crate::form::Form;
use crate::lang::Lang;
use crate::pages::RefundOffer;
use crate::routes::done;
use crate::visitor::Desk;
use crate::words::{self, Notice, Words};

/// The refund's id was drawn with the page: the same form sent twice asks for one refund.
pub(super) async fn give_back(
    State(app): State<Arc<App>>,
    desk: Desk,
    form: Form,
) -> Result<Response, Refusal> {
    let payment = desk.payment()?;
    let refund: RefundId = form.read("refund").ok_or(Refusal::Malformed)?;
    let capture = capture_code::read(form.text("capture")).ok_or(Refusal::Malformed)?;
    let view = app.billing.payment(&desk.actor, payment).await?;
    let currency = view.payment.capture(capture).map_or(view.payment.amount, |taken| taken.amount).currency();
    let lang = desk.visitor.lang;
    let asked = form.text("amount");
    let Some(amount) = amount(asked, lang, currency) else {
        let wrong = Words::of(lang).refund_amount_wrong;
        let instead = Instead {
            why: Some((StatusCode::UNPROCESSABLE_ENTITY, wrong.to_owned())),
            amount: Some((capture, asked, Some(wrong))),
            ..Instead::default()
        };
        return shown(&app, &desk, payment, &instead).await;
    };
    let request = RefundRequest { refund, payment, capture, amount };
    match app.billing.refund(&desk.actor, request).await {
        Err(why @ BillingError::RefundTooLarge { .. }) => {
            let told = words::refund_refusal(lang, &why);
            let instead = Instead {
                why: Some((status(&why), told)),
                amount: Some((capture, asked, None)),
                ..Instead::default()
            };
            shown(&app, &desk, payment, &instead).await
        }
        asked => told(&app, &desk, asked).await,
    }
}

pub(super) async fn look(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let settled = app.billing.settle_refund(&desk.actor, desk.payment()?, desk.refund()?).await;
    told(&app, &desk, settled).await
}

pub(super) async fn record_finding(
    State(app): State<Arc<App>>,
    desk: Desk,
    form: Form,
) -> Result<Response, Refusal> {
    let (payment, refund, note) = (desk.payment()?, desk.refund()?, form.text("note"));
    let recorded = app.billing.record_refund_finding(&desk.actor, payment, refund, found(&form)?, note).await;
    match recorded {
        Ok(_) => Ok(done(&desk.path(format_args!("payments/{payment}")), Notice::FindingRecorded)),
        Err(why @ (BillingError::Denied(_) | BillingError::NotFound(_))) => Err(why.into()),
        Err(why) => {
            let told = words::refund_refusal(desk.visitor.lang, &why);
            let instead = Instead {
                why: Some((status(&why), told)),
                typed: typed(&form, Some(refund), &why),
                ..Instead::default()
            };
            shown(&app, &desk, payment, &instead).await
        }
    }
}

/// A form for each capture of which the person may give something back, each for a refund of its own.
pub(super) fn offers(
    desk: &Desk,
    payment: &Payment,
    typed: Option<(CaptureId, &str, Option<&'static str>)>,
) -> Vec<RefundOffer> {
    if !desk.actor.may(Permission::RefundPayment) {
        return Vec::new();
    }
    let left =
        |capture| payment.refundable(capture).filter(|left| payment.admits_refund(capture, *left).is_ok());
    let offer = |capture: CaptureId| {
        let left = left(capture)?;
        let typed = typed.filter(|(of, ..)| *of == capture);
        Some(RefundOffer {
            capture,
            refund: RandomIds.next().to_string(),
            amount: typed.map_or_else(
                || figure_in(desk.visitor.lang, left.to_decimal()),
                |(_, typed, _)| typed.to_owned(),
            ),
            wrong: typed.and_then(|(_, _, wrong)| wrong),
        })
    };
    payment.captures().filter_map(|(capture, _)| offer(capture)).collect()
}

/// More than nothing, to the cent.
fn amount(typed: &str, lang: Lang, currency: Currency) -> Option<Money> {
    let amount = Money::from_decimal(figure(typed, lang).ok()?, currency).ok()?;
    amount.is_positive().then_some(amount)
}

/// The way on after something was done with a refund, or the payment's page with why it was not done.
async fn told(
    app: &App,
    desk: &Desk,
    done_with: Result<RefundView, BillingError>,
) -> Result<Response, Refusal> {
    match done_with {
        Ok(view) => {
            let here = desk.path(format_args!("payments/{}", view.payment.payment.id));
            Ok(done(&here, Notice::of_refund(&view.refund.state)))
        }
        Err(why @ (BillingError::Denied(_) | BillingError::NotFound(_))) => Err(why.into()),
        Err(why) => {
            let told = words::refund_refusal(desk.visitor.lang, &why);
            let instead = Instead { why: Some((status(&why), told)), ..Instead::default() };
            shown(app, desk, desk.payment()?, &instead).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_more_than_nothing_and_whole_cents() {
        let read = |typed| amount(typed, Lang::En, Currency::CAD).map(Money::minor);
        assert_eq!((read("40"), read(" 40.05 "), read("0.01")), (Some(4_000), Some(4_005), Some(1)));
        for none in ["", "0", "0.00", "-1", "1.001", "1,00", "1e2", "NaN", "99999999999999999999"] {
            assert_eq!(read(none), None, "{none}");
        }
        assert_eq!(amount("1\u{a0}040,50", Lang::Fr, Currency::CAD).map(Money::minor), Some(104_050));
    }
}

//! Between steps 1 and 2: payments that a former run left open because it was ended in the middle.

use billing_app::PaymentView;
use billing_domain::payment::{AttemptState, PaymentState};

use crate::demo::Demo;
use crate::say::Teller;
use crate::story::outcome;
use crate::{Told, words};

/// Looks at what is open. A real processor would remember and tell; this one forgot, and "not found" proves nothing, so
/// the payment stays open and its invoice stays locked. That is the library's first rule at work.
pub(crate) async fn settle(demo: &Demo, teller: &Teller) -> Told {
    let desk = &demo.people.front_desk;
    // What is due would be found by the sweep in any case; this asks at once.
    for view in demo.billing.payments(desk, None, 100).await? {
        if !is_left_over(view.state) {
            continue;
        }
        let id = view.payment.id;
        teller.line(format_args!("A former run left payment {id} of {} open.", view.payment.amount));
        if waits_for_a_grant(&view) {
            teller
                .line("Its card fields gave nothing back, so nothing was charged and nobody need be asked.");
            outcome::give_up(demo, id, teller).await?;
            continue;
        }
        let name = words::processor(&view.payment.account.processor);
        let asked = format!("asked {name}");
        match demo.billing.settle(desk, id).await {
            Ok(view) => {
                teller.fact(asked, format_args!("it is {}", words::payment(view.state)));
                if is_left_over(view.state) {
                    teller.line(format_args!(
                        "This {name} is new and does not know it. \"Not found\" proves nothing: it stays open, \
                         and nobody is charged twice."
                    ));
                }
            }
            Err(error) => teller.fact(asked, error),
        }
    }
    Ok(())
}

fn is_left_over(state: PaymentState) -> bool {
    matches!(state, PaymentState::Open | PaymentState::Unknown)
}

/// Whether only our server could charge it, with what the browser never brought back.
fn waits_for_a_grant(view: &PaymentView) -> bool {
    view.payment
        .newest()
        .is_some_and(|attempt| attempt.state == AttemptState::AwaitingCardholder && attempt.charge.is_some())
}

//! Between steps 1 and 2: payments that a former run left open because it was ended in the middle.

use billing_domain::payment::PaymentState;

use crate::demo::Demo;
use crate::say::Teller;
use crate::{Told, words};

/// Looks at what is open. A real Stripe would remember and tell; this one forgot, and "not found" proves nothing, so
/// the payment stays open and its invoice stays locked. That is the library's first rule at work.
pub(crate) async fn settle(demo: &Demo, teller: &Teller) -> Told {
    let desk = &demo.people.front_desk;
    // What is due would be found by the sweep in any case; this asks at once.
    for view in demo.billing.payments(desk, None, 100).await? {
        if view.state != PaymentState::Open {
            continue;
        }
        let id = view.payment.id;
        teller.line(format_args!("A former run left payment {id} of {} open.", view.payment.amount));
        match demo.billing.settle(desk, id).await {
            Ok(view) => {
                teller.fact("asked Stripe", format_args!("it is {}", words::payment(view.state)));
                if view.state == PaymentState::Open {
                    teller.line(
                        "This Stripe is new and does not know it. \"Not found\" proves nothing: it stays open, \
                         and nobody is charged twice.",
                    );
                }
            }
            Err(error) => teller.fact("asked Stripe", error),
        }
    }
    Ok(())
}

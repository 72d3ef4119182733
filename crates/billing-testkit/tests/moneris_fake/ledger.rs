//! The ledger: what truly happened, grouped by payment.

use billing_testkit::moneris::Card;

use crate::support::{Clinic, STORE};

#[tokio::test]
async fn orders_of_one_payment_are_counted_together() {
    let clinic = Clinic::new();
    for order in ["0197-1", "0197-2", "0198-1", "0198-2", "plain"] {
        let card = if order == "0198-1" { Card::DECLINED } else { Card::VISA };
        clinic.buy(order, card).await;
    }
    let ledger = clinic.fake.ledger(STORE);
    assert_eq!(ledger.charged_twice(), ["0197"]);
    assert_eq!(["0197", "0198", "plain", "nobody"].map(|payment| ledger.captures_of(payment)), [2, 1, 1, 0]);
    assert_eq!(ledger.total_captured(), 4_000);
    let order: Vec<_> = ledger.entries.iter().map(|entry| entry.order_id.as_str()).collect();
    assert_eq!(order, ["0197-1", "0197-2", "0198-1", "0198-2", "plain"]);
}

#[tokio::test]
async fn a_store_that_is_not_there_has_an_empty_ledger() {
    assert!(Clinic::new().fake.ledger("nobody").entries.is_empty());
}

//! A time that a processor tells and no store can keep loses no money.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use billing_acceptance::Clinic;
use billing_domain::PayableStatus;
use billing_domain::payment::PaymentState;
use billing_testkit::moneris::{Card, Fault};

const CHARGE: &str = "res_purchase_cc";

#[tokio::test]
async fn a_charge_whose_time_no_store_can_keep_is_paid_all_the_same() {
    for date in ["9999-12-30", "2300-01-01", "-009999-01-01", "0001-01-01"] {
        let clinic = Clinic::with_moneris().await;
        let invoice = clinic.invoice("10.50").await;
        let (payment, frame) = clinic.hand_over_frame(invoice).await;
        let dated: &'static [(&str, &str)] = vec![("TransDate", date)].leak();
        clinic.moneris.faults().next(CHARGE, Fault::Overwrite(dated));

        let paid = clinic.charge(payment, clinic.grant(&frame, Card::VISA)).await;

        assert_eq!(paid.unwrap().state, PaymentState::Succeeded, "{date}");
        assert_eq!(clinic.status(invoice).await, PayableStatus::Paid, "{date}");
    }
}

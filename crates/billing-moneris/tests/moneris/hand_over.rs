//! What the browser is given, and which flow an account uses.

use std::time::Duration;

use billing_credentials::OpenedAccount;
use billing_credentials::ProcessorConnector;
use billing_credentials::fields::{API_TOKEN, CHECKOUT_ID, PROFILE_ID, STORE_ID};
use billing_domain::{
    Begun, CancelMode, Certainty, ChargeOrder, ChargePlace, EvidenceMode, Flow, Handover, PaymentProcessor,
    ProcessorErrorKind, ProcessorId, PublicFields, Scan,
};
use billing_moneris::{
    CheckoutTicket, FLOW_CHECKOUT, FLOW_HOSTED_TOKENIZATION, HostedTokenization, MonerisConfig, fields,
};
use std::sync::Arc;

use crate::answers::{CHECKOUT, PROFILE, STORE, TOKEN, account, cad, public, ticket_order, token_order};
use crate::canned::{Canned, Said};

fn port_of(public: &[(&str, &str)]) -> Arc<dyn PaymentProcessor> {
    let opened = OpenedAccount {
        account: account(),
        version: 1,
        public: public.iter().copied().collect(),
        secrets: [(API_TOKEN, TOKEN)].into_iter().collect(),
    };
    Canned::new(Vec::<Said>::new()).connector(MonerisConfig::default()).connect(&opened)
}

#[test]
fn a_checkout_id_decides_and_without_either_id_nothing_is_taken() {
    let port = port_of(&[(STORE_ID, STORE), (PROFILE_ID, PROFILE), (CHECKOUT_ID, CHECKOUT)]);
    assert_eq!((port.flow(), port.accepts(cad(100))), (FLOW_CHECKOUT, Ok(())));
    let port = port_of(&[(STORE_ID, STORE), (CHECKOUT_ID, CHECKOUT)]);
    assert_eq!((port.flow(), port.accepts(cad(100))), (FLOW_CHECKOUT, Ok(())));
    let port = port_of(&[(STORE_ID, STORE), (PROFILE_ID, PROFILE)]);
    assert_eq!((port.flow(), port.accepts(cad(100))), (FLOW_HOSTED_TOKENIZATION, Ok(())));
    let port = port_of(&[(STORE_ID, STORE)]);
    assert_eq!(port.accepts(cad(100)), Err(ProcessorErrorKind::Incomplete(PROFILE_ID)));
}

#[test]
fn each_flow_says_what_it_can() {
    let port = port_of(&[(STORE_ID, STORE)]);
    let token = port.capabilities(&FLOW_HOSTED_TOKENIZATION);
    assert_eq!((token.charge, token.cancel), (ChargePlace::OnReturn, CancelMode::BeforeCharge));
    assert!(token.replay_within > Duration::ZERO, "a repeated hand-over makes no call");
    let ticket = port.capabilities(&FLOW_CHECKOUT);
    assert_eq!((ticket.charge, ticket.cancel), (ChargePlace::InBrowser, CancelMode::Impossible));
    assert_eq!((ticket.evidence, ticket.replay_within), (EvidenceMode::ByReference, Duration::ZERO));
}

fn handed_over(begun: Begun) -> Handover {
    match begun {
        Begun::HandOver { reference, keep, handover } => {
            assert_eq!(reference.0, token_order().key.0);
            assert!(keep.is_none() && handover.secret.is_none(), "nothing here is secret");
            handover
        }
        Begun::Known(fact) => panic!("{fact:?}"),
    }
}

#[tokio::test]
async fn the_frame_is_handed_over_without_a_call_and_the_same_each_time() {
    let canned = Canned::new(Vec::<Said>::new());
    let port = canned.port(&FLOW_HOSTED_TOKENIZATION);
    let order = ChargeOrder { secret: None, reference: None, ..token_order() };
    let first = handed_over(port.begin(&order).await.unwrap());
    assert_eq!(first.public, handed_over(port.begin(&order).await.unwrap()).public);
    assert_eq!(first.public, handed_over(port.resume(&order).await.unwrap()).public);
    let view = HostedTokenization::try_from(&first).unwrap();
    assert_eq!(view.order_id, order.key.0);
    assert_eq!(view.profile_id, PROFILE);
    assert_eq!(view.frame_origin, "https://www3.moneris.com");
    let address = format!(
        "https://www3.moneris.com/HPPtoken/index.php?id={PROFILE}&pmmsg=true&enable_exp=1&enable_cvd=1"
    );
    assert!(view.frame_url.starts_with(&address), "{}", view.frame_url);
    assert_eq!(first.public.0.len(), 4);
    assert!(CheckoutTicket::try_from(&first).is_err());
}

#[tokio::test]
async fn an_attempt_keeps_the_profile_it_began_with() {
    let port = port_of(&[(STORE_ID, STORE), (PROFILE_ID, "htNewer")]);
    let handover = handed_over(port.begin(&token_order()).await.unwrap());
    assert_eq!(HostedTokenization::try_from(&handover).unwrap().profile_id, PROFILE);
}

#[tokio::test]
async fn an_order_that_lacks_its_setting_or_is_of_no_flow_does_not_leave() {
    let port = port_of(&[(STORE_ID, STORE)]);
    let bare: PublicFields = [(STORE_ID, STORE)].into_iter().collect();
    for (order, kind) in [
        (ChargeOrder { public: bare.clone(), ..token_order() }, ProcessorErrorKind::Incomplete(PROFILE_ID)),
        (ChargeOrder { public: bare, ..ticket_order() }, ProcessorErrorKind::Incomplete(CHECKOUT_ID)),
        (ChargeOrder { flow: Flow::new("other"), ..token_order() }, ProcessorErrorKind::Unsupported),
    ] {
        let error = port.begin(&order).await.unwrap_err();
        assert_eq!((error.certainty, &error.cause.kind), (Certainty::NotSent, &kind));
        let error = port.resume(&order).await.unwrap_err();
        assert_eq!((error.sent, error.cause.kind), (false, kind));
    }
}

#[test]
fn the_window_can_be_drawn_before_anything_is_sent() {
    let port = port_of(&[(STORE_ID, STORE), (PROFILE_ID, PROFILE)]);
    let frame = port.window_fields(&FLOW_HOSTED_TOKENIZATION, &public(&FLOW_HOSTED_TOKENIZATION));
    assert!(frame.field(fields::FRAME_URL).unwrap().contains(PROFILE));
    assert_eq!(frame.field(fields::FRAME_ORIGIN), Some("https://www3.moneris.com"));
    assert_eq!(frame.field(PROFILE_ID), Some(PROFILE));
    let script = port.window_fields(&FLOW_CHECKOUT, &public(&FLOW_CHECKOUT));
    assert!(script.field(fields::SCRIPT_URL).unwrap().contains("/js/chkt_v2"));
    assert_eq!(script.field(fields::MODE), Some("prod"));
    assert_eq!(script.field(fields::FRAME_URL), None);
}

#[tokio::test]
async fn what_moneris_cannot_do_is_said_without_a_call() {
    let port = port_of(&[(STORE_ID, STORE), (PROFILE_ID, PROFILE)]);
    for order in [token_order(), ticket_order()] {
        let error = port.cancel(&order, 1).await.unwrap_err();
        assert_eq!(
            (error.certainty, error.cause.kind),
            (Certainty::NotSent, ProcessorErrorKind::Unsupported)
        );
    }
    let error = port.charge(&ticket_order()).await.unwrap_err();
    assert_eq!((error.certainty, error.cause.kind), (Certainty::NotSent, ProcessorErrorKind::Unsupported));
    let at = "2026-01-15T15:00:00Z".parse().unwrap();
    let scan = Scan { from: at, until: at, after: None, limit: 10 };
    assert_eq!(port.scan(&scan).await.unwrap_err().cause.kind, ProcessorErrorKind::Unsupported);
}

#[test]
fn another_processors_hand_over_is_not_ours() {
    let handover = Handover {
        processor: ProcessorId::STRIPE,
        flow: FLOW_HOSTED_TOKENIZATION,
        public: PublicFields::default(),
        secret: None,
        expires_at: None,
    };
    assert!(HostedTokenization::try_from(&handover).is_err());
    assert!(CheckoutTicket::try_from(&handover).is_err());
}

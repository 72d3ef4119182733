//! What holds for every page, held against each of them in both languages: nothing typed comes out as HTML, every form
//! carries its token, nothing is inline, and no secret is shown again.

use std::collections::BTreeMap;

use billing_app::{
    BillingError, BillingSettings, NoProcessor, NoticesOnPane, Pane, PaneState, PaymentView, PaymentWindow,
    Permission, SavedAccount, WindowField,
};
use billing_credentials::{Field, FieldErrors, KeyPolicy, Submitted, fields, stripe};
use billing_domain::invoice::{
    BillingAddress, ItemDescription, LineDetails, LineItem, PatientRef, PlaceOfSupply, Quantity, TaxStatus,
    TextError,
};
use billing_domain::payment::{
    Attempt, AttemptState, Capture, CaptureId, CaptureSource, Payment, Reference, Review, StrayCharge,
    SubmitKey, Try,
};
use billing_domain::refund::{Refund, RefundReview, RefundState};
use billing_domain::{
    AccountRef, ActorId, BillingName, Certainty, Currency, Decline, DeclineCategory, Dispensary,
    DispensaryKind, Flow, Invoice, Money, ProcessorId, PublicFields, RefundPlan,
};
use jiff::Timestamp;
use jiff::civil::date;
use maud::Markup;

use super::*;
use crate::lang::Lang;
use crate::words::Notice;

/// Somebody's idea of a name.
const EVIL: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
const TOKEN: &str = "token-of-this-session";
const ID: &str = "01930000-0000-7000-8000-00000000000";
const EVERYTHING: &[Permission] = &[
    Permission::CreateInvoice,
    Permission::ManageBillingSettings,
    Permission::RefundPayment,
    Permission::ResolveReview,
    Permission::TakePayment,
    Permission::UnlockProcessor,
    Permission::ViewAudit,
    Permission::VoidInvoice,
];

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(last: u8) -> T {
    format!("{ID}{last}").parse().unwrap()
}

fn cad(cents: i64) -> Money {
    Money::new(cents, Currency::CAD)
}

fn frame(lang: Lang) -> Frame<'static> {
    Frame {
        lang,
        csrf: TOKEN,
        person: Some("practice-owner"),
        permissions: EVERYTHING,
        place: Some(Place { id: id(1), name: EVIL }),
        here: "/d/x/\"><script>",
        notice: Some(Notice::InvoiceSaved),
    }
}

fn dispensary() -> Dispensary {
    Dispensary::new(id(1), DispensaryKind::Office(id(2)), EVIL)
}

fn account() -> AccountRef {
    AccountRef { dispensary: id(1), processor: ProcessorId::STRIPE, account: id(3) }
}

fn draft() -> Invoice {
    let payer = BillingAddress::of(BillingName::parse("Smith & Sons").unwrap());
    let patient = PatientRef::parse("<b>7731</b>").unwrap();
    let mut invoice = Invoice::draft(id(4), id(1), patient, payer, Currency::CAD);
    let details = LineDetails {
        description: ItemDescription::parse(EVIL).unwrap(),
        practitioner: None,
        quantity: Quantity::ONE,
        unit_price: cad(123_456),
        discount: None,
        tax: TaxStatus::Taxable(PlaceOfSupply::Quebec.tax_group()),
    };
    invoice.add_line(LineItem::new(details).unwrap()).unwrap();
    invoice
}

fn finalised() -> Invoice {
    let mut invoice = draft();
    invoice.finalise("12".parse().unwrap(), date(2026, 11, 3), Timestamp::UNIX_EPOCH).unwrap();
    invoice
}

fn capture() -> Capture {
    Capture {
        amount: cad(500),
        reference: Reference(EVIL.to_owned()),
        charge: Some(EVIL.to_owned()),
        auth_code: Some(EVIL.to_owned()),
        receipt_number: Some(EVIL.to_owned()),
        brand: Some(EVIL.to_owned()),
        last4: Some("<b>4".to_owned()),
        captured_at: Some(Timestamp::UNIX_EPOCH),
        source: CaptureSource::Processor,
    }
}

fn refund(last: u8, state: RefundState) -> Refund {
    Refund {
        id: id(last),
        capture: CaptureId::Stray(id(6)),
        amount: cad(100),
        plan: RefundPlan::Reversal,
        key: SubmitKey("key".to_owned()),
        encoding: 1,
        account_version: 1,
        state,
        reference: Some(Reference(EVIL.to_owned())),
        opened_by: ActorId::parse("<i>someone</i>").unwrap(),
        first_sent_at: Timestamp::UNIX_EPOCH,
        answer_deadline: Timestamp::UNIX_EPOCH,
        idle_checks: 0,
        due_at: None,
        resolved_at: None,
        revision: 1,
    }
}

fn view(state: AttemptState) -> PaymentView {
    let refused = Decline::new(DeclineCategory::Suspected).with_code("stolen_card");
    let attempt = Attempt {
        no: 1,
        state,
        flow: Flow::new("stripe.elements"),
        public: PublicFields::default(),
        key: SubmitKey("key".to_owned()),
        encoding: 1,
        account_version: 1,
        certainty: Certainty::Unknown,
        first_sent_at: Timestamp::UNIX_EPOCH,
        begin_deadline: Timestamp::UNIX_EPOCH,
        reference: Some(Reference(EVIL.to_owned())),
        handed_over_at: None,
        sealed: None,
        charge: None,
        cancel_tries: 0,
        idle_checks: 0,
        due_at: None,
        resolved_at: None,
        tries: vec![Try { charge: None, decline: refused.clone() }],
        revision: 1,
    };
    let stray = StrayCharge { id: id(6), attempt_no: 1, capture: capture(), found_at: Timestamp::UNIX_EPOCH };
    let payment = Payment {
        id: id(5),
        payable: finalised().id().into(),
        amount: cad(123_456),
        account: account(),
        opened_at: Timestamp::UNIX_EPOCH,
        opened_by: ActorId::parse("<i>someone</i>").unwrap(),
        attempts: vec![attempt],
        strays: vec![stray],
        refunds: vec![
            refund(7, RefundState::NeedsReview(RefundReview::NoAnswer)),
            refund(8, RefundState::Succeeded),
        ],
    };
    PaymentView { state: payment.state(), payment, decline: Some(refused) }
}

fn billing_settings() -> BillingSettings {
    let field = |name, secret| Field { name, secret, required: true };
    let saved = SavedAccount {
        account: account(),
        version: 2,
        public: PublicFields::from_iter([(fields::PUBLISHABLE_KEY, EVIL)]),
        masked: PublicFields::from_iter([(fields::SECRET_KEY, "sk_live_…cdef")]),
        external_id: Some(EVIL.to_owned()),
        business_name: Some(EVIL.to_owned()),
        verified_at: None,
        remarks: vec![EVIL.to_owned()],
        shared: true,
        notices: NoticesOnPane::On,
        saved_at: Timestamp::UNIX_EPOCH,
        saved_by: ActorId::system(),
    };
    let stripe = Pane {
        processor: ProcessorId::STRIPE,
        state: PaneState::Active,
        may_save: true,
        fields: vec![field(fields::PUBLISHABLE_KEY, false), field(fields::SECRET_KEY, true)],
        saved: Some(saved),
        draining: Vec::new(),
    };
    let moneris = Pane {
        processor: ProcessorId::MONERIS,
        state: PaneState::NotInstalled,
        may_save: false,
        fields: Vec::new(),
        saved: None,
        draining: Vec::new(),
    };
    BillingSettings { moneris, stripe, in_use: Some(ProcessorId::STRIPE) }
}

fn wrong_keys() -> FieldErrors {
    let pasted =
        Submitted::from_iter([(fields::PUBLISHABLE_KEY, "sk_live_x"), (fields::SECRET_KEY, "pk_live_x")]);
    stripe::parse_candidate(&pasted, KeyPolicy::LiveOnly).unwrap_err()
}

fn settings_page(frame: &Frame<'_>) -> Markup {
    let errors = wrong_keys();
    let refused = Refused {
        processor: &ProcessorId::STRIPE,
        why: Rejection::Fields(&errors),
        // A caller that passes too much.
        typed: &[(fields::PUBLISHABLE_KEY, EVIL), (fields::SECRET_KEY, "sk_live_typed")],
    };
    settings(frame, &billing_settings(), &SettingsExtras { refused: Some(refused), offered_keys: &[] })
}

fn pay_page(frame: &Frame<'_>, fields: CardFields<'_>) -> Markup {
    let window = PaymentWindow {
        payment: id(5),
        resumes: true,
        total: cad(123_456),
        billing_name: BillingName::parse("Smith & Sons").unwrap(),
        fields: WindowField::IN_ORDER,
        processor: ProcessorId::STRIPE,
        account: account(),
        flow: Flow::new("stripe.elements"),
        public: PublicFields::from_iter([(fields::PUBLISHABLE_KEY, EVIL)]),
    };
    pay(
        frame,
        &PayPage { window: &window, invoice: id(4), number: EVIL, fields, made_up_cards_url: Some(EVIL) },
    )
}

const STRIPE: CardFields<'_> = CardFields::Stripe { script_url: "https://stripe.invalid/\"><script>" };
const FRAME: CardFields<'_> = CardFields::Tokenization { frame_url: EVIL, frame_origin: EVIL };
const CHECKOUT: CardFields<'_> = CardFields::Checkout { script_url: EVIL };

/// A payment's page with nothing typed on it.
fn of(view: &PaymentView) -> PaymentPage<'_> {
    PaymentPage { view, refused: None, typed: FindingForm::default(), offers: &[] }
}

/// Every page, with everything on it that can be.
fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let frame = frame(lang);
    let form = InvoiceForm {
        invoice: Some(id(4)),
        version: EVIL.to_owned(),
        full_name: EVIL.to_owned(),
        patient: EVIL.to_owned(),
        lines: std::array::from_fn(|_| LineForm {
            description: EVIL.to_owned(),
            quantity: EVIL.to_owned(),
            unit_price: EVIL.to_owned(),
            tax: EVIL.to_owned(),
        }),
        ..InvoiceForm::default()
    };
    let errors = BTreeMap::from([(String::new(), Wrong::Changed), ("tax-4".to_owned(), Wrong::Tax)]);
    let review = view(AttemptState::NeedsReview(Review::Overdue));
    let finding = FindingForm { refund: Some(id(7)), moved: "yes", reference: EVIL, note: EVIL };
    let offers = [CaptureId::Attempt(1), CaptureId::Stray(id(6))].map(|capture| RefundOffer {
        capture,
        refund: EVIL.to_owned(),
        amount: EVIL.to_owned(),
        wrong: Some("wrong"),
    });
    let paid = view(AttemptState::Succeeded(capture()));
    let (draft, finalised) = (draft(), finalised());
    let preview = draft.preview(date(2026, 11, 3)).unwrap();
    let shown = |invoice, views| InvoicePage {
        invoice,
        payable: None,
        preview: Some(&preview),
        payments: views,
        refused: Some(EVIL),
    };
    let rows = [&draft, &finalised].map(|invoice| InvoiceRow { invoice: invoice.clone(), payable: None });
    let no_processor = BillingError::NoProcessorConfigured(NoProcessor);
    let views = [review.clone(), paid.clone()];
    vec![
        ("sign-in", sign_in(&frame, &["front-desk-a", EVIL])),
        ("dispensaries", dispensaries(&frame, &[PlaceRow { dispensary: dispensary(), in_use: None }])),
        ("transactions", transactions(&frame, &rows, Some("?before=\"><script>"))),
        ("draft", invoice(&frame, &shown(&draft, &[]))),
        ("invoice", invoice(&frame, &shown(&finalised, &views))),
        ("form", invoice_form(&frame, &form, &errors)),
        ("payments", payments(&frame, &views, None)),
        (
            "payment under review",
            payment(
                &frame,
                &PaymentPage { refused: Some(EVIL), typed: finding, offers: &offers, ..of(&review) },
            ),
        ),
        ("paid payment", payment(&frame, &PaymentPage { offers: &offers, ..of(&paid) })),
        ("settings", settings_page(&frame)),
        ("pay with Stripe", pay_page(&frame, STRIPE)),
        ("pay in Moneris's frame", pay_page(&frame, FRAME)),
        ("pay in Moneris's page", pay_page(&frame, CHECKOUT)),
        ("a payment in doubt", pay_page(&frame, CardFields::InDoubt)),
        ("in progress", in_progress(&frame, id(4), id(5), &ActorId::system(), Timestamp::UNIX_EPOCH)),
        ("cannot pay", cannot_pay(&frame, id(4), &no_processor)),
        (
            "help centre",
            help_centre(&frame, &[LockRow { dispensary: dispensary(), processor: ProcessorId::STRIPE }]),
        ),
        ("problem", problem(&frame, 404)),
        ("refused", refused(&frame, &BillingError::Busy)),
    ]
    .into_iter()
    .map(|(name, page)| (name, page.into_string()))
    .collect()
}

fn each(check: impl Fn(&str, &str)) {
    for lang in Lang::ALL {
        for (name, page) in pages(lang) {
            check(name, &page);
        }
    }
}

#[test]
fn what_people_typed_is_text_on_every_page() {
    each(|name, page| {
        assert!(!page.contains("<script>") && !page.contains("<img") && !page.contains("<b>"), "{name}");
    });
}

#[test]
fn every_form_carries_its_token() {
    each(|name, page| {
        for form in page.split("<form").skip(1) {
            let (form, _) = form.split_once("</form>").unwrap();
            assert!(form.contains(&format!("name=\"csrf\" value=\"{TOKEN}\"")), "{name}: {form}");
        }
        assert!(page.contains("<form"), "{name}");
    });
}

#[test]
fn no_page_has_a_script_or_a_style_inside() {
    each(|name, page| {
        for script in page.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"") && script.contains("></script>"), "{name}");
        }
        assert!(
            !page.contains("<style") && !page.contains(" style=") && !page.contains("javascript:"),
            "{name}"
        );
        for (at, _) in page.match_indices(" on") {
            let word: String = page[at + 1..].chars().take_while(char::is_ascii_alphabetic).collect();
            let is_handler = page[at + 1 + word.len()..].starts_with("=\"");
            assert!(!is_handler, "{name}: {word}");
        }
    });
}

#[test]
fn every_page_has_one_heading_of_its_own_and_one_main_part() {
    each(|name, page| {
        assert_eq!((page.matches("<h1").count(), page.matches("<main").count()), (1, 1), "{name}");
        assert!(page.contains(" lang=\"en-CA\"") || page.contains(" lang=\"fr-CA\""), "{name}");
    });
}

#[test]
fn every_label_and_description_finds_its_field() {
    each(|name, page| {
        for attribute in ["for=\"", "aria-describedby=\"", "aria-labelledby=\""] {
            for found in page.split(attribute).skip(1) {
                let (ids, _) = found.split_once('"').unwrap();
                for id in ids.split(' ') {
                    assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{name}: {id}");
                }
            }
        }
    });
}

#[test]
fn a_secret_is_never_shown_again_even_if_a_caller_passes_it_back() {
    for lang in Lang::ALL {
        let page = settings_page(&frame(lang)).into_string();
        assert!(!page.contains("sk_live_typed"));
        assert!(page.contains("sk_live_…cdef"), "the mask is shown");
    }
}

#[test]
fn nothing_typed_in_the_payment_window_has_a_name_under_which_it_could_be_sent() {
    for fields in [STRIPE, FRAME, CHECKOUT] {
        let page = pay_page(&frame(Lang::En), fields).into_string();
        let (_, form) = page.split_once("<form id=\"pay\"").unwrap();
        let (form, _) = form.split_once("</form>").unwrap();
        assert_eq!(form.matches(" name=").count(), 1, "the token alone");
    }
}

#[test]
fn the_payment_window_stands_in_the_library_s_order() {
    let page = pay_page(&frame(Lang::En), STRIPE).into_string();
    let places: Vec<_> = WindowField::IN_ORDER
        .map(|field| page.find(&format!(">{}<", crate::words::window_field(Lang::En, field))).unwrap())
        .into();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn a_card_number_in_the_wrong_field_is_not_shown_again() {
    let typed = "4242 4242 4242 4242";
    let form = InvoiceForm { full_name: typed.to_owned(), ..InvoiceForm::default() };
    let wrong = Wrong::Text(TextError::LooksLikeCardNumber);
    let errors = BTreeMap::from([("full_name".to_owned(), wrong)]);
    assert!(!invoice_form(&frame(Lang::En), &form, &errors).into_string().contains(typed));
    assert!(invoice_form(&frame(Lang::En), &form, &BTreeMap::new()).into_string().contains(typed));
}

#[test]
fn a_suspicion_is_told_to_staff_and_never_in_the_payment_window() {
    let view = view(AttemptState::AwaitingCardholder);
    for lang in Lang::ALL {
        let page = payment(&frame(lang), &of(&view)).into_string();
        assert!(page.contains("stolen_card"));
        let generic = Decline::new(DeclineCategory::IssuerDeclined);
        assert_eq!(crate::words::patient_message(lang, &view), generic.patient_text(lang.into()));
    }
}

#[test]
fn a_finding_that_was_refused_is_shown_as_it_was_typed() {
    let review = view(AttemptState::NeedsReview(Review::Overdue));
    let typed =
        FindingForm { refund: None, moved: "no", reference: "pi_typed", note: "seen in the dashboard" };
    let shown = PaymentPage { refused: Some("why"), typed, ..of(&review) };
    let page = payment(&frame(Lang::En), &shown).into_string();
    for kept in [r#"value="no" required checked"#, r#"value="pi_typed""#, ">seen in the dashboard</textarea>"]
    {
        assert!(page.contains(kept), "{kept}");
    }
    assert!(!page.contains(r#"value="yes" required checked"#));
}

#[test]
fn a_payment_that_cannot_be_taken_back_has_no_button_for_it() {
    for (fields, can) in [(STRIPE, true), (FRAME, true), (CHECKOUT, false), (CardFields::InDoubt, false)] {
        let page = pay_page(&frame(Lang::En), fields).into_string();
        assert_eq!(page.contains("/cancel\""), can, "{fields:?}");
    }
}

//! The seal: what it opens, what it refuses, and what sealed bytes give away.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use billing_credentials::{
    KeyRing, KeyRingError, Seal, SealError, SealKey, SealKeyId, Secrets, StaticKeyRing,
};
use billing_domain::{AccountId, AccountRef, DispensaryId, ProcessorId, SealedBytes};
use proptest::prelude::*;
use secrecy::ExposeSecret;

fn ring(text: &str) -> Seal {
    Seal::new(Arc::new(StaticKeyRing::parse(text).unwrap()))
}

fn old_ring() -> Seal {
    ring(&format!("old:{}", "0a".repeat(32)))
}

fn new_ring() -> Seal {
    ring(&format!("new:{}, old:{}", "1b".repeat(32), "0A".repeat(32)))
}

fn account() -> AccountRef {
    AccountRef {
        dispensary: DispensaryId::new(uuid(1)),
        processor: ProcessorId::STRIPE,
        account: AccountId::new(uuid(2)),
    }
}

fn uuid(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

fn secrets() -> Secrets {
    [("secret_key", "sk_live_51PgafTB7WZ01zgkWabcdefgh"), ("other", "")].into_iter().collect()
}

fn read(secrets: &Secrets) -> Vec<(String, String)> {
    #[expect(clippy::disallowed_methods, reason = "the test compares what was sealed with what was opened")]
    let exposed = |secret: &secrecy::SecretString| secret.expose_secret().to_owned();
    secrets.iter().map(|(name, secret)| (name.to_owned(), exposed(secret))).collect()
}

#[test]
fn what_is_sealed_opens_for_the_same_account_and_version() {
    let seal = old_ring();
    let sealed = seal.seal(&account(), 3, &secrets()).unwrap();
    assert_eq!(read(&seal.open(&account(), 3, &sealed).unwrap()), read(&secrets()));
}

#[test]
fn it_opens_for_no_other_dispensary_processor_account_or_version() {
    let seal = old_ring();
    let sealed = seal.seal(&account(), 3, &secrets()).unwrap();
    let others = [
        AccountRef { dispensary: DispensaryId::new(uuid(9)), ..account() },
        AccountRef { processor: ProcessorId::MONERIS, ..account() },
        AccountRef { account: AccountId::new(uuid(9)), ..account() },
    ];
    for other in others {
        assert_eq!(seal.open(&other, 3, &sealed).unwrap_err(), SealError::Tampered);
    }
    assert_eq!(seal.open(&account(), 4, &sealed).unwrap_err(), SealError::Tampered);
}

#[test]
fn an_older_key_still_opens_and_asks_for_a_new_seal() {
    let sealed = old_ring().seal(&account(), 1, &secrets()).unwrap();
    let seal = new_ring();
    assert!(seal.open(&account(), 1, &sealed).is_ok());
    assert_eq!(seal.reseal_needed(&sealed), Ok(true));
    let fresh = seal.seal(&account(), 1, &secrets()).unwrap();
    assert_eq!(seal.reseal_needed(&fresh), Ok(false));
    let unknown = SealError::UnknownKey(SealKeyId::parse("new").unwrap());
    assert_eq!(old_ring().open(&account(), 1, &fresh).unwrap_err(), unknown);
}

#[test]
fn another_key_under_the_same_id_does_not_open() {
    let sealed = old_ring().seal(&account(), 1, &secrets()).unwrap();
    let impostor = ring(&format!("old:{}", "0b".repeat(32)));
    assert_eq!(impostor.open(&account(), 1, &sealed).unwrap_err(), SealError::Tampered);
}

#[test]
fn two_seals_of_the_same_secrets_differ() {
    let seal = old_ring();
    assert_ne!(seal.seal(&account(), 1, &secrets()).unwrap(), seal.seal(&account(), 1, &secrets()).unwrap());
}

#[test]
fn every_flipped_bit_is_noticed() {
    let seal = old_ring();
    let sealed = seal.seal(&account(), 1, &secrets()).unwrap();
    for bit in 0..sealed.0.len() * 8 {
        let mut changed = sealed.clone();
        changed.0[bit / 8] ^= 1 << (bit % 8);
        assert!(seal.open(&account(), 1, &changed).is_err(), "bit {bit}");
    }
}

#[test]
fn every_shortened_seal_is_refused() {
    let seal = old_ring();
    let sealed = seal.seal(&account(), 1, &secrets()).unwrap();
    for length in 0..sealed.0.len() {
        assert!(seal.open(&account(), 1, &SealedBytes(sealed.0[..length].to_vec())).is_err());
    }
}

#[test]
fn no_key_and_no_secret_is_shown() {
    let ring = StaticKeyRing::parse(&format!("a:{}", "5c".repeat(32))).unwrap();
    let shown =
        format!("{ring:?} {:?} {:?} {:?}", ring.current(), Seal::new(Arc::new(ring.clone())), secrets());
    assert!(!shown.contains("5c") && !shown.contains("92") && !shown.contains("sk_live"), "{shown}");
}

#[test]
fn a_key_ring_that_is_written_wrong_is_refused_without_showing_it() {
    let hex = "0a".repeat(32);
    let wrong = [
        (String::new(), KeyRingError::Entry),
        (hex.clone(), KeyRingError::Entry),
        (format!(":{hex}"), KeyRingError::KeyId),
        (format!("a b:{hex}"), KeyRingError::KeyId),
        (format!("a:{hex}0"), KeyRingError::Key),
        (format!("a:{}", "0g".repeat(32)), KeyRingError::Key),
        (format!("a:{}", "é".repeat(32)), KeyRingError::Key),
        (format!("a:{hex},a:{hex}"), KeyRingError::DuplicateId(SealKeyId::parse("a").unwrap())),
    ];
    for (text, error) in wrong {
        assert_eq!(StaticKeyRing::parse(&text).unwrap_err(), error);
    }
}

#[test]
fn a_secret_too_large_for_a_pane_is_refused() {
    let large: Secrets = [("secret_key", "x".repeat(70_000))].into_iter().collect();
    assert_eq!(old_ring().seal(&account(), 1, &large).unwrap_err(), SealError::TooLarge);
}

fn uuids() -> impl Strategy<Value = uuid::Uuid> {
    any::<u128>().prop_map(uuid::Uuid::from_u128)
}

proptest! {
    #[test]
    fn any_secrets_come_back_as_they_were(
        fields in prop::collection::btree_map("[a-z_]{0,20}", "\\PC{0,60}", 0..5),
        (dispensary, account, version) in (uuids(), uuids(), any::<u32>()),
        processor in "[a-z]{1,12}",
    ) {
        let seal = Seal::new(Arc::new(StaticKeyRing::new(
            SealKeyId::parse("k").unwrap(),
            SealKey::from_bytes([7; 32]),
        )));
        let account = AccountRef {
            dispensary: DispensaryId::new(dispensary),
            processor: ProcessorId::from_stored(processor),
            account: AccountId::new(account),
        };
        let secrets: Secrets = fields.iter().map(|(name, secret)| (name.clone(), secret.clone())).collect();
        let sealed = seal.seal(&account, version, &secrets).unwrap();
        prop_assert_eq!(read(&seal.open(&account, version, &sealed).unwrap()), fields.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn sealed_bytes_hold_nothing_of_the_plain_text(body in "[A-Za-z0-9]{24,100}") {
        let secrets: Secrets = [("secret_key", body.as_str())].into_iter().collect();
        let sealed = old_ring().seal(&account(), 1, &secrets).unwrap().0;
        for part in body.as_bytes().windows(6) {
            prop_assert!(!sealed.windows(6).any(|bytes| bytes == part));
        }
    }

    #[test]
    fn no_bytes_make_opening_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), format in any::<bool>()) {
        let bytes = if format { [vec![1, 3], b"old".to_vec(), bytes].concat() } else { bytes };
        prop_assert!(old_ring().open(&account(), 1, &SealedBytes(bytes)).is_err());
    }
}

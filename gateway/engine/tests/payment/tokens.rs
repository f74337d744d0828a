//! Tokens of random cards under layouts and keys of their own: alone, in company, and by domains
//! whose keys change.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};
use typex_core::Secret;
use typex_core::token::{Alphabet, Characters, Layout, LuhnMode, TokenVersion};
use typex_engine::payment::lanes::{Lanes, alone as run_alone};
use typex_engine::payment::pin_block::{Fill, Format, encrypt};
use typex_engine::payment::pin_translate::Outgoing;
use typex_engine::payment::{Error, Key, Pan, Pin};
use typex_engine::token::{
    Domain, TOKEN_RANDOM_BYTES, TextKey, Token, TokenDone, TokenJob, TokenKey, TokenPin, TokenTask,
    draw, run_lanes, translate_pin,
};

use crate::harness::alone;

/// A card with a check digit that is right.
fn card(digits: &str) -> Pan {
    let full = (0..10).map(|check| Pan::parse(format!("{digits}{check}").as_bytes()).unwrap());
    full.into_iter().find(Pan::is_luhn).unwrap()
}

fn layout(front: u8, end: u8, luhn: LuhnMode) -> Layout {
    Layout::new(front, end, luhn, Alphabet::Digits).unwrap()
}

fn key(seed: u8, layout: &Layout, version: Option<TokenVersion>) -> Arc<TokenKey> {
    Arc::new(TokenKey::new(&[seed; 32], layout, version).unwrap())
}

fn versioned(seed: u8, number: u8) -> Arc<TokenKey> {
    key(seed, &layout(0, 4, LuhnMode::Versioned), TokenVersion::new(number))
}

fn sum(text: &[u8]) -> u32 {
    let digits = text.iter().rev().map(|digit| u32::from(digit - b'0')).enumerate();
    let weighted = digits.map(|(at, digit)| match (at % 2, digit) {
        (0, digit) => digit,
        (_, digit) => digit * 2 / 10 + digit * 2 % 10,
    });
    weighted.sum::<u32>() % 10
}

/// A key by its seed and its layout, and the digits of a card that it takes.
#[derive(Clone, Debug)]
struct Case {
    seed: u8,
    layout: Layout,
    version: Option<TokenVersion>,
    digits: Vec<u8>,
}

impl Case {
    fn of((front, end, shift, seed, mut digits): (u8, u8, u8, u8, Vec<u8>)) -> Option<Self> {
        let (luhn, version) = match shift {
            0 => (LuhnMode::Free, None),
            1 => (LuhnMode::Kept, None),
            more => (LuhnMode::Versioned, TokenVersion::new(more - 1)),
        };
        let layout = layout(front, end, luhn);
        layout.free_for_ff1(digits.len()).ok()?;
        digits.iter_mut().for_each(|digit| *digit += b'0');
        Some(Self { seed, layout, version, digits })
    }

    fn key(&self) -> Arc<TokenKey> {
        key(self.seed, &self.layout, self.version)
    }

    fn pan(&self) -> Pan {
        Pan::parse(&self.digits).unwrap()
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let digits = prop::collection::vec(0_u8..10, 12..=19);
    let sizes = (0_u8..=8, 0_u8..=4, 0_u8..=10, any::<u8>(), digits);
    sizes.prop_filter_map("too little is left", Case::of)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn tokens_keep_what_they_should_and_lead_back(case in cases()) {
        let (key, pan, digits) = (case.key(), case.pan(), &case.digits);
        let token = alone!(key.tokenize(&pan)).unwrap();
        let text = token.ascii();
        prop_assert!(bool::from(alone!(key.detokenize(&token)).unwrap().ct_eq(&pan)));
        let [front, end] = [key.layout().front(), key.layout().end()].map(usize::from);
        prop_assert_eq!(text.len(), digits.len());
        prop_assert_eq!(&text[..front], &digits[..front]);
        prop_assert_eq!(&text[text.len() - end..], &digits[digits.len() - end..]);
        let shift = key.layout().shift(key.version()).unwrap();
        if let Some(shift) = shift {
            prop_assert_eq!(sum(&text), (sum(digits) + u32::from(shift)) % 10);
        }
    }

    #[test]
    fn company_changes_nothing(cases in prop::collection::vec(cases(), 1..150)) {
        let cases: Vec<_> = cases.iter().map(|case| (case.key(), case.pan())).collect();
        let lanes = Lanes::new();
        let operations = cases.iter().map(|(key, pan)| Box::pin(key.tokenize(&lanes, pan)));
        let tokens = lanes.run(operations.collect());
        for ((key, pan), token) in cases.iter().zip(&tokens) {
            let single = alone!(key.tokenize(pan)).unwrap();
            prop_assert_eq!(single.ascii(), token.as_ref().unwrap().ascii());
        }
    }

    #[test]
    fn texts_keep_their_alphabet_and_lead_back(
        radix in 2_usize..=95,
        front in 0_u8..=8,
        end in 0_u8..=4,
        values in prop::collection::vec(any::<u8>(), 33..80),
        seed: u8,
    ) {
        let alphabet: String = (' '..='~').rev().take(radix).collect();
        let characters = Alphabet::Characters(Characters::parse(&alphabet).unwrap());
        let layout = Layout::new(front, end, LuhnMode::Free, characters).unwrap();
        let key = TextKey::new(&[seed; 16], &layout).unwrap();
        let text = values.iter().map(|value| alphabet.as_bytes()[usize::from(*value) % radix]);
        let text: Vec<_> = text.collect();
        let token = key.tokenize(&text).unwrap();
        prop_assert!(*token.expose() != text || layout.free_values(text.len()).unwrap() < 1 << 30);
        let is_own = |character: &u8| alphabet.as_bytes().contains(character);
        prop_assert!(token.expose().iter().all(is_own));
        let (front, end) = (usize::from(front), text.len() - usize::from(end));
        prop_assert_eq!(&token.expose()[..front], &text[..front]);
        prop_assert_eq!(&token.expose()[end..], &text[end..]);
        let back = key.detokenize(token.expose()).unwrap();
        prop_assert_eq!(back.expose(), &text);
    }
}

/// Of all versions, each reads its own tokens and no others.
#[test]
fn a_shift_resolves_its_own_version_only() {
    let keys: Vec<_> = (1..=9).map(|number| versioned(number, number)).collect();
    let pan = card("411111111111111");
    for (at, own) in keys.iter().enumerate() {
        let domain = Domain::new(own.clone(), []).unwrap();
        let token = alone!(domain.tokenize(&pan)).unwrap();
        assert_eq!(token.version(), own.version());
        assert_eq!(domain.validate(&token), Ok(own.version()));
        for (other, key) in keys.iter().enumerate() {
            let domain = Domain::new(key.clone(), []).unwrap();
            let found = alone!(domain.detokenize(&token));
            match found {
                Ok(found) => assert!(other == at && bool::from(found.ct_eq(&pan))),
                Err(error) => assert!(other != at && error == Error::NotFoundToken),
            }
            assert_eq!(domain.validate(&token).is_ok(), other == at);
        }
    }
}

#[test]
fn old_tokens_are_understood_until_their_version_retires() {
    let (old, new) = (versioned(1, 3), versioned(2, 4));
    let pan = card("555555555555444");
    let before = Domain::new(old.clone(), []).unwrap();
    let token = alone!(before.tokenize(&pan)).unwrap();

    let both = Domain::new(new.clone(), [old]).unwrap();
    assert!(bool::from(alone!(both.detokenize(&token)).unwrap().ct_eq(&pan)));
    let fresh = alone!(both.tokenize(&pan)).unwrap();
    assert_eq!(fresh.version(), TokenVersion::new(4));
    let renewed = alone!(both.retokenize(&both, &token)).unwrap();
    assert_eq!(renewed.ascii(), fresh.ascii());

    let after = Domain::new(new, []).unwrap();
    assert_eq!(alone!(after.detokenize(&token)).err(), Some(Error::NotFoundToken));
    assert_eq!(after.validate(&token), Err(Error::NotFoundToken));
    assert_eq!(alone!(after.retokenize(&both, &token)).err(), Some(Error::NotFoundToken));
    // A card number is no token here.
    let number = Token::parse(pan.ascii().expose()).unwrap();
    assert_eq!(alone!(both.detokenize(&number)).err(), Some(Error::NotFoundToken));
}

#[test]
fn a_domain_with_versions_takes_card_numbers_only() {
    let domain = Domain::new(versioned(1, 1), []).unwrap();
    let wrong = Pan::parse(b"4111111111111112").unwrap();
    assert_eq!(alone!(domain.tokenize(&wrong)).err(), Some(Error::InvalidInput));
    let kept = Domain::new(key(1, &layout(0, 4, LuhnMode::Kept), None), []).unwrap();
    let token = alone!(kept.tokenize(&wrong)).unwrap();
    assert!(bool::from(alone!(kept.detokenize(&token)).unwrap().ct_eq(&wrong)));
    let tight = Domain::new(key(1, &layout(6, 4, LuhnMode::Kept), None), []).unwrap();
    assert_eq!(alone!(tight.tokenize(&wrong)).err(), Some(Error::DomainTooSmall));
}

#[test]
fn keys_of_a_domain_fit_together() {
    let kept = key(1, &layout(0, 4, LuhnMode::Kept), None);
    let refused = |current: &Arc<TokenKey>, older: &[&Arc<TokenKey>]| {
        Domain::new(current.clone(), older.iter().map(|key| Arc::clone(key))).err()
    };
    assert_eq!(refused(&versioned(1, 1), &[&versioned(2, 2), &versioned(3, 9)]), None);
    assert_eq!(refused(&versioned(1, 1), &[&versioned(2, 1)]), Some(Error::InvalidInput));
    assert_eq!(refused(&versioned(1, 1), &[&kept]), Some(Error::InvalidInput));
    assert_eq!(refused(&kept, &[&kept]), Some(Error::InvalidInput));
    for (luhn, version) in [(LuhnMode::Kept, 1), (LuhnMode::Free, 1), (LuhnMode::Versioned, 0)] {
        let key = TokenKey::new(&[1; 32], &layout(0, 4, luhn), TokenVersion::new(version));
        assert_eq!(key.err(), Some(Error::InvalidInput));
    }
    assert!(TokenKey::new(&[1; 31], &layout(0, 4, LuhnMode::Free), None).is_err());
}

/// One bad record in a batch leaves the others as they are.
#[test]
fn a_failed_record_changes_no_other() {
    let (own, other) = (versioned(1, 1), versioned(2, 2));
    let pans: Vec<_> = (0..64).map(|at| card(&format!("4000000000{at:05}"))).collect();
    let (good, bad) = (Domain::new(own, []).unwrap(), Domain::new(other, []).unwrap());
    let domain = |at: usize| if at % 7 == 3 { &bad } else { &good };
    let tokens: Vec<_> = pans.iter().map(|pan| alone!(good.tokenize(pan)).unwrap()).collect();
    let lanes = Lanes::new();
    let operations = tokens.iter().enumerate();
    let operations =
        operations.map(|(at, token)| Box::pin(domain(at).detokenize(&lanes, token))).collect();
    for (at, (found, pan)) in lanes.run(operations).into_iter().zip(&pans).enumerate() {
        match found {
            Ok(found) => assert!(at % 7 != 3 && bool::from(found.ct_eq(pan))),
            Err(error) => assert!(at % 7 == 3 && error == Error::NotFoundToken),
        }
    }
    assert_eq!(lanes.tally().steps, 64);
}

#[test]
fn drawn_tokens_have_the_form_and_nothing_else() {
    let mut random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let layout = layout(6, 4, LuhnMode::Versioned);
    let (pan, version) = (card("411111222222333"), TokenVersion::new(5));
    let mut seen = BTreeSet::new();
    for _ in 0..300 {
        let mut bytes = Secret::new([0; TOKEN_RANDOM_BYTES]);
        random.fill_bytes(bytes.expose_mut());
        let text = draw(&layout, version, &pan, &bytes).unwrap().ascii();
        assert!(text.starts_with(b"411111") && text[12..] == pan.ascii().expose()[12..]);
        assert_eq!(sum(&text), 5);
        seen.insert(text);
    }
    assert!(seen.len() > 290, "{} of 100 000 drawn 300 times", seen.len());
    let draw = |layout: &Layout, version, byte| {
        draw(layout, version, &pan, &Secret::new([byte; TOKEN_RANDOM_BYTES])).err()
    };
    assert_eq!(draw(&layout, None, 1), Some(Error::InvalidInput));
    assert_eq!(draw(&layout, version, 255), Some(Error::Internal));
}

/// Nothing that is drawn passes for a card number where that can be told, nor is it the own one.
#[test]
fn drawn_tokens_are_no_card_numbers() {
    let version = TokenVersion::new(1);
    let versioned = layout(0, 4, LuhnMode::Versioned);
    let random = Secret::new([7; TOKEN_RANDOM_BYTES]);
    for check in 0..10 {
        let pan = Pan::parse(format!("411111111111111{check}").as_bytes()).unwrap();
        let drawn = draw(&versioned, version, &pan, &random);
        assert_eq!(drawn.err(), (!pan.is_luhn()).then_some(Error::InvalidInput), "{check}");
    }
    for luhn in [LuhnMode::Free, LuhnMode::Kept] {
        let pan = Pan::parse(b"4111777777771111").unwrap();
        for byte in 0..20 {
            let token = draw(&layout(4, 4, luhn), None, &pan, &Secret::new([byte; 64])).unwrap();
            assert_ne!(token.ascii(), b"4111777777771111", "{luhn:?} {byte}");
        }
    }
}

#[test]
fn texts_of_other_characters_are_refused() {
    let hex = Alphabet::Characters(Characters::parse("0123456789abcdef").unwrap());
    let key = TextKey::new(&[3; 32], &Layout::new(0, 0, LuhnMode::Free, hex).unwrap()).unwrap();
    let refused = |text: &[u8]| key.tokenize(text).err();
    assert_eq!(refused(b"deadbeef"), None);
    assert_eq!(refused(b"deadbeeF"), Some(Error::InvalidInput));
    assert_eq!(refused(b"dead"), Some(Error::DomainTooSmall));
    assert_eq!(refused(&[b'a'; 257]), Some(Error::InvalidInput));
    assert_eq!(refused(b""), Some(Error::InvalidInput));
    assert!(TextKey::new(&[3; 32], &layout(0, 0, LuhnMode::Free)).is_err());
    let never = run_alone(async |_: &Lanes| key.tokenize(b"deadbeef").map(drop));
    assert_eq!(never, Ok(()));
}

/// A PIN block bound to a token becomes one bound to the card number, and nothing else does.
#[test]
fn a_pin_bound_to_a_token_comes_to_the_card() {
    let (terminal, host) = (Key::tdes(&[0x1F; 16]).unwrap(), Key::aes(&[0x2E; 16]).unwrap());
    let domain = Domain::new(versioned(1, 2), []).unwrap();
    let (pan, pin) = (card("411111111111111"), Pin::parse(b"12345").unwrap());
    let token = alone!(domain.tokenize(&pan)).unwrap();
    let (fill, bound) = (Fill::given([7; 16]), Pan::parse(&token.ascii()).unwrap());
    let format = Format::Iso0;
    let block = alone!(encrypt(&terminal, format, &pin, Some(&bound), &fill)).unwrap();
    let translated = |domain: &Domain, token: &Token, block: &[u8], format, pan| {
        let incoming = TokenPin { key: &terminal, format: Format::Iso0, token, domain, block };
        let outgoing = Outgoing { key: &host, format, pan, fill: &fill };
        alone!(translate_pin(&incoming, &outgoing))
    };
    let iso4 = Format::Iso4;
    let found = translated(&domain, &token, &block, iso4, None).unwrap();
    assert_eq!(found, alone!(encrypt(&host, iso4, &pin, Some(&pan), &fill)).unwrap());

    // Bound to the card number itself, to a number of the caller's, or to nothing.
    let number = alone!(encrypt(&terminal, format, &pin, Some(&pan), &fill)).unwrap();
    let refused = translated(&domain, &token, &number, iso4, None);
    assert!(refused.is_err() || refused != Ok(found));
    let given = translated(&domain, &token, &block, iso4, Some(&pan));
    assert_eq!(given, Err(Error::InvalidInput));
    let unbound = translated(&domain, &token, &block, Format::Iso1, None);
    assert_eq!(unbound, Err(Error::InvalidInput));

    // A token of another version, and a block that does not decode.
    let other = Domain::new(versioned(1, 3), []).unwrap();
    let unknown = translated(&other, &token, &block, iso4, None);
    assert_eq!(unknown, Err(Error::NotFoundToken));
    let broken = translated(&domain, &token, &[0x55; 8], iso4, None);
    assert_eq!(broken, Err(Error::InvalidPin));
}

#[test]
fn jobs_of_all_kinds_run_together() {
    let (domain, to) = (versioned(1, 1), versioned(2, 2));
    let [domain, to] = [domain, to].map(|key| Arc::new(Domain::new(key, []).unwrap()));
    let pans: Vec<_> = (0..100).map(|at| card(&format!("5100000000{at:05}"))).collect();
    let job = |task| TokenJob { domain: domain.clone(), task };
    let made =
        run_lanes(&pans.iter().cloned().map(TokenTask::Tokenize).map(job).collect::<Vec<_>>());
    let tokens = made.into_iter().map(|done| match done {
        Ok(TokenDone::Token(token)) => token,
        _ => panic!("no token"),
    });
    let tokens: Vec<_> = tokens.collect();
    let tasks = tokens.iter().cloned().enumerate().map(|(at, token)| match at % 3 {
        0 => TokenTask::Detokenize(token),
        1 => TokenTask::Retokenize(token, to.clone()),
        _ => TokenTask::Validate(token),
    });
    let done = run_lanes(&tasks.map(job).collect::<Vec<_>>());
    for (pan, done) in pans.iter().zip(done) {
        match done {
            Ok(TokenDone::Pan(found)) => assert!(bool::from(found.ct_eq(pan))),
            Ok(TokenDone::Token(token)) => {
                assert!(bool::from(alone!(to.detokenize(&token)).unwrap().ct_eq(pan)));
            }
            Ok(TokenDone::Version(version)) => assert_eq!(version, TokenVersion::new(1)),
            Err(error) => panic!("{error}"),
        }
    }
}

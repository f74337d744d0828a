//! What a caller finds out by asking for tokens of what it guesses.

use super::*;
use crate::id::KeyId;
use crate::token::domain::{
    DistinctLimit, DomainLimits, DomainRecord, Mode, NewDomain, NewScheme, Scheme, Vault,
};

const CALLER: [u8; 16] = [2; 16];

fn domain(name: &str, (front, end): (u8, u8), distinct: DistinctLimit) -> DomainRecord {
    let layout = Layout::new(front, end, LuhnMode::Versioned, Alphabet::Digits).unwrap();
    let (name, scheme) = (DomainName::parse(name).unwrap(), NewScheme::Vaultless);
    let limits = DomainLimits { distinct, ..DomainLimits::default() };
    let vault = Vault { mode: Mode::Multiple, ttl_ms: None, seal: KeyId([1; 16]), earlier: vec![] };
    let new = NewDomain { name, layout, scheme, limits };
    DomainRecord::new(PartitionId([1; 16]), new, Scheme::Vaulted(vault), UnixMs(1)).unwrap()
}

/// A gateway and how it names what it counts.
struct Oracle {
    gateway: Gateway,
    key: QuotaKey,
}

impl Oracle {
    fn new() -> Self {
        Self { gateway: Gateway::default(), key: QuotaKey::new(Secret::new([7; 32])) }
    }

    fn ask(&mut self, domain: &DomainRecord, what: Distinct<'_>) -> bool {
        let counted = self.key.distinct(CALLER, domain, what).unwrap();
        counted.is_none_or(|(meter, value)| self.gateway.ask(&meter, value.0, START).is_ok())
    }

    /// How many of the cards of one bank's number and last four digits get a token.
    fn try_cards(&mut self, domain: &DomainRecord, count: u32) -> usize {
        cards(count).filter(|card| self.ask(domain, Distinct::Value(card))).count()
    }
}

fn cards(count: u32) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(|number| format!("411111{number:06}1111").into_bytes())
}

/// Whoever may see six and four digits of a token's card tries the rest.
#[test]
fn a_card_is_not_found_by_what_a_mask_tells() {
    let wide = domain("wide", (0, 4), DistinctLimit::WhereFew);
    assert_eq!(Oracle::new().try_cards(&wide, 3000), 1000);
    let told = domain("told", (0, 4), DistinctLimit::PerHour(20));
    assert_eq!(Oracle::new().try_cards(&told, 3000), 20);
    let open = domain("open", (0, 4), DistinctLimit::None);
    assert_eq!(Oracle::new().try_cards(&open, 3000), 3000);
    // Those of others have their own count, and what is known costs nothing.
    let mut oracle = Oracle::new();
    oracle.try_cards(&wide, 3000);
    assert!(oracle.ask(&wide, Distinct::Value(b"4111110000001112")));
    assert!(oracle.ask(&wide, Distinct::Value(b"4111110000051111")));
}

/// 8 and 4 of 16 digits leave a thousand cards.
#[test]
fn the_fewer_cards_there_are_the_fewer_may_be_tried() {
    for (kept, limit) in [((8, 4), 10), ((8, 0), 10), ((7, 4), 100), ((6, 4), 1000)] {
        let domain = domain("cards", kept, DistinctLimit::WhereFew);
        assert_eq!(Oracle::new().try_cards(&domain, 2000), limit, "{kept:?}");
    }
    let onboarding = domain("cards", (8, 4), DistinctLimit::PerHour(5000));
    assert_eq!(Oracle::new().try_cards(&onboarding, 2000), 2000, "as the operator says");
    let wide = domain("cards", (0, 4), DistinctLimit::WhereFew);
    let of_15 = |number| format!("371111{number:05}1111").into_bytes();
    let mut oracle = Oracle::new();
    let answered = (0..2000).filter(|number| oracle.ask(&wide, Distinct::Value(&of_15(*number))));
    assert_eq!(answered.count(), 100);
}

/// Tokens of a domain without a limit are taken to one with a limit, where they are compared: what
/// counts there are the values.
#[test]
fn a_value_that_comes_as_a_token_counts_as_itself() {
    let (open, narrow) =
        (domain("open", (0, 4), DistinctLimit::None), domain("n", (6, 4), DistinctLimit::WhereFew));
    let mut oracle = Oracle::new();
    let answered = cards(2000).enumerate().filter(|(number, card)| {
        let token = format!("{number:012}1111").into_bytes();
        oracle.ask(&open, Distinct::Token(&token)) && oracle.ask(&narrow, Distinct::Value(card))
    });
    assert_eq!(answered.count(), 1000);
}

#[test]
fn whoever_asks_about_tokens_is_counted() {
    let narrow = domain("narrow", (6, 4), DistinctLimit::PerHour(1000));
    let mut oracle = Oracle::new();
    let answered = cards(2000).filter(|token| oracle.ask(&narrow, Distinct::Token(token)));
    assert_eq!(answered.count(), 1000);
    for operation in Operation::ALL {
        let is_rate = operation == Operation::Detokenize;
        assert_eq!(operation.has_distinct_quota(), !is_rate, "{operation:?}");
    }
    let meter = oracle.key.told(CALLER, &narrow);
    assert_eq!((meter.pattern, meter.limit), (PatternId::ONLY, 1000));
}

/// A card number is one in every alphabet.
#[test]
fn texts_are_counted_where_few_are_possible() {
    let text = |characters: &str, front| {
        let alphabet = Alphabet::Characters(Characters::parse(characters).unwrap());
        let layout = Layout::new(front, 0, LuhnMode::Free, alphabet).unwrap();
        DomainRecord { layout, ..domain("texts", (0, 4), DistinctLimit::WhereFew) }
    };
    let digits = text("0123456789", 0);
    assert_eq!(Oracle::new().try_cards(&digits, 3000), 1000);
    let mut oracle = Oracle::new();
    let names = |number: u32| format!("name{number:04}").into_bytes();
    let mut answered = |domain: &DomainRecord| {
        (0..3000).filter(|number| oracle.ask(domain, Distinct::Value(&names(*number)))).count()
    };
    let some = "0123456789amen";
    assert_eq!(answered(&text(some, 0)), 3000, "14^8 are many");
    assert_eq!(answered(&text(some, 4)), 38, "a thousandth of 14^4");
}

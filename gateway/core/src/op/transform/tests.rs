use super::*;
use crate::codec::{Corrupt, Record};
use crate::error::{ErrorKind, Payment};
use crate::id::PartitionId;
use crate::token::domain::NewScheme;
use crate::token::{Alphabet as TokenAlphabet, Characters, LuhnMode};

fn name(text: &str) -> DomainName {
    DomainName::parse(text).unwrap()
}

fn shape(pattern: &str) -> Shape {
    let characters = Characters::parse("0123456789").unwrap();
    let name = Reference::builtin("creditcardnumber").unwrap();
    Shape { name, pattern: pattern.to_owned(), characters }
}

fn transformation(way: Way) -> Transformation {
    let roles = vec![NamePattern::parse("pay*").unwrap(), NamePattern::parse("*").unwrap()];
    Transformation { name: name("cards"), way, roles, is_deletable: true, owns_domain: false }
}

fn ways() -> [Way; 4] {
    [
        Way::Encrypt(shape(r"(\d{4})-(\d{12})")),
        Way::Mask { shape: shape(r"(\d{12})\d{4}"), with: b'*' },
        Way::Keep { ttl_ms_max: Some(5), is_convergent: true },
        Way::Keep { ttl_ms_max: None, is_convergent: false },
    ]
}

fn round_trips<T: Record + PartialEq + std::fmt::Debug>(item: T) {
    let owned = Owned { partition: PartitionId([7; 16]), item };
    let bytes = owned.to_bytes();
    for len in 0..bytes.expose().len() {
        assert_eq!(Owned::<T>::from_bytes(&bytes.expose()[..len]), Err(Corrupt));
    }
    assert_eq!(Owned::from_bytes(bytes.expose()), Ok(owned));
}

#[test]
fn records_round_trip_and_every_truncation_is_corrupt() {
    ways().into_iter().for_each(|way| round_trips(transformation(way)));
    round_trips(Role { name: name("payments"), transformations: vec![name("a"), name("b")] });
    round_trips(Alphabet { name: name("x"), characters: Characters::parse("xyz").unwrap() });
    let alphabet = Reference::own(name("x"));
    round_trips(TemplateRule { name: name("t"), pattern: "([xyz]{20})".into(), alphabet });
}

#[test]
fn transformations_are_domains() {
    let [encrypted, masked, kept, multiple] = ways().map(|way| transformation(way).domain());
    let encrypted = encrypted.unwrap().unwrap();
    assert_eq!(encrypted.scheme, NewScheme::Vaultless);
    assert_eq!(encrypted.layout.alphabet(), &TokenAlphabet::Digits);
    assert_eq!(masked, Ok(None));
    let kept = kept.unwrap().unwrap();
    assert_eq!(kept.scheme, NewScheme::Vaulted { deterministic: true, ttl_ms: Some(5) });
    assert_eq!((kept.layout.end(), kept.layout.luhn()), (4, LuhnMode::Versioned));
    let multiple = multiple.unwrap().unwrap();
    assert_eq!(multiple.scheme, NewScheme::Vaulted { deterministic: false, ttl_ms: None });
    let small = transformation(Way::Encrypt(shape(r"(\d{5})"))).domain();
    assert_eq!(small, Err(ErrorKind::Payment(Payment::Domain)));
}

#[test]
fn what_is_there_for_all_is_a_template_or_an_alphabet() {
    for (builtin, characters) in BUILTIN_ALPHABETS {
        let reference = Reference::parse(&format!("builtin/{builtin}")).unwrap();
        assert_eq!(reference.in_table(&BUILTIN_ALPHABETS), Some(characters));
        assert!(Characters::parse(characters).is_ok(), "{builtin}");
        assert_eq!(Reference::parse(builtin).unwrap().in_table(&BUILTIN_ALPHABETS), None);
    }
    for (_, pattern) in BUILTIN_TEMPLATES {
        let encrypted = transformation(Way::Encrypt(shape(pattern)));
        assert!(encrypted.domain().is_ok_and(|domain| domain.is_some()), "{pattern}");
    }
    for text in ["", "builtin/", "a/b", "builtin/a/b", "other/numeric"] {
        assert!(Reference::parse(text).is_err(), "{text}");
    }
}

#[test]
fn patterns_of_names_cover_what_they_say() {
    let covers =
        |pattern: &str, text: &str| NamePattern::parse(pattern).unwrap().covers(&name(text));
    assert!(covers("*", "a") && covers("pay*", "payments") && covers("pay", "pay"));
    assert!(!covers("pay", "payments") && !covers("pay*", "other"));
    assert!(NamePattern::parse("").is_err() && NamePattern::parse("a*b").is_err());
}

#[test]
fn functions_have_names_of_their_own() {
    for (at, function) in Function::ALL.iter().enumerate() {
        assert!(Function::ALL[..at].iter().all(|other| other.name() != function.name()));
    }
}

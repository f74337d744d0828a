//! Results of the gateway, by name.

use typex_core::id::{ApiKeyId, PartitionId};
use typex_core::op::Output;
use typex_core::op::token::About;
use typex_core::op::transform::{
    Alphabet, Answer, CallerView, Health, Mount, MountKind, NamePattern, Reference, Role, Shape,
    TemplateRule, Transformation, Used, UsedValue, Way,
};
use typex_core::policy::token::{DomainPattern, Right, RightSet, Rule, TokenRights};
use typex_core::token::{Characters, DomainName, Metadata};
use typex_core::{Error, ErrorKind, Secret, UnixMs};

use crate::kinds;

const NOW: UnixMs = UnixMs(1_795_310_772_000);

/// The result of that name.
pub(super) fn result(name: &str) -> Result<Output, Error> {
    if let Some(kind) = name.strip_prefix("error ") {
        return Err(kinds::named(kind).into());
    }
    if name == "other" {
        return Ok(Output::ImportKeys(vec![]));
    }
    let answer = object(name).or_else(|| work(name)).unwrap_or_else(|| panic!("no sample {name}"));
    Ok(Output::Transform(Box::new(answer)))
}

fn name(text: &str) -> DomainName {
    DomainName::parse(text).unwrap()
}

fn object(sample: &str) -> Option<Answer> {
    Some(match sample {
        "role" => {
            Answer::Role(Role { name: name("pay"), transformations: vec![name("a"), name("b")] })
        }
        "template" => Answer::Template(TemplateRule {
            name: name("t"),
            pattern: r"(\d{9})".into(),
            alphabet: Reference::builtin("numeric").unwrap(),
        }),
        "alphabet" => {
            let characters = Characters::parse("abc").unwrap();
            Answer::Alphabet(Alphabet { name: name("x"), characters })
        }
        "encrypting" => transformation(Way::Encrypt(shape())),
        "masking" => transformation(Way::Mask { shape: shape(), with: b'"' }),
        "keeping" => transformation(Way::Keep { ttl_ms_max: Some(3_600_000), is_convergent: true }),
        "names" => Answer::Names(vec!["a".into(), "builtin/numeric".into()]),
        "no-names" => Answer::Names(vec![]),
        "kept" => Answer::Kept { is_encryption: false },
        "kept-encryption" => Answer::Kept { is_encryption: true },
        "deleted" => Answer::Deleted,
        "caller" => Answer::Caller(Box::new(caller())),
        "mounts" => {
            Answer::Mounts(vec![Mount { kind: MountKind::Transform, path: "transform".into() }])
        }
        "ready" => Answer::Health(Health { is_ready: true, now: NOW }),
        "unready" => Answer::Health(Health { is_ready: false, now: NOW }),
        _ => return None,
    })
}

fn work(sample: &str) -> Option<Answer> {
    Some(match sample {
        "code" => one(text("9300-3376-4943-8903"), true),
        "token" => one(text("5835337822561111"), false),
        "valid" => one(UsedValue::Valid(true), false),
        "invalid" => one(UsedValue::Valid(false), false),
        "about" => one(about(Some(UnixMs(NOW.0 + 1000))), false),
        "about-without-end" => one(about(None), false),
        "batch" => Answer::Batch(vec![
            Ok(Used { value: text("9300-3376-4943-8903"), is_encryption: true }),
            Err(ErrorKind::Forbidden.into()),
            Err(Error::new(ErrorKind::Quota, "ask again in 5 s").retry_after(5)),
        ]),
        "batch-tokens" => {
            Answer::Batch(vec![Ok(Used { value: text("5835337822561111"), is_encryption: false })])
        }
        _ => return None,
    })
}

fn text(value: &str) -> UsedValue {
    UsedValue::Text(Secret::new(value.as_bytes().to_vec()))
}

fn one(value: UsedValue, is_encryption: bool) -> Answer {
    Answer::One(Box::new(Used { value, is_encryption }))
}

fn about(expiry: Option<UnixMs>) -> UsedValue {
    let pairs = vec![("order".into(), "17".into()), ("a \"b\"".into(), "c".into())];
    let metadata = Metadata::new(pairs).unwrap();
    UsedValue::About(Box::new(About { created: NOW, expiry, metadata }))
}

fn shape() -> Shape {
    Shape {
        name: Reference::builtin("creditcardnumber").unwrap(),
        pattern: r"(\d{16})".into(),
        characters: Characters::parse("0123456789").unwrap(),
    }
}

fn transformation(way: Way) -> Answer {
    Answer::Transformation(Box::new(Transformation {
        name: name("cards"),
        way,
        roles: vec![NamePattern::parse("pay*").unwrap()],
        is_deletable: true,
        owns_domain: true,
    }))
}

fn caller() -> CallerView {
    let rule = Rule {
        domains: DomainPattern::parse("cards*").unwrap(),
        rights: RightSet::of(&[Right::Tokenize, Right::Detokenize]),
    };
    CallerView {
        partition: PartitionId([0x17; 16]),
        holder: ApiKeyId([0xa5; 16]),
        created: Some(NOW),
        rights: TokenRights::new(vec![rule]).unwrap(),
    }
}

//! The public samples: what the documentation and the clients of the format show, reproduced or
//! verified.

use aws_lc_rs::pbkdf2;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use super::super::ejwt::{self, Ejwt};
use super::super::json::Writer;
use super::super::log::verify_log;
use super::super::seal::{exchange_key, seal, unseal};
use super::super::text::{base64, from_base64, from_base64_array};
use super::super::token::Segments;
use super::super::{AgreementKey, Claims, Role, genuine, issue_token, parse_genuine};
use super::super::{LogError, verify_signature};
use super::key;
use crate::id::KeyId;
use crate::secret::Secret;

const LOG: &str = include_str!("published.log");

/// A value of `published.txt`.
pub(super) fn sample(name: &str) -> &'static str {
    let mut lines = include_str!("published.txt").lines().filter_map(|line| line.split_once(' '));
    lines.find(|(one, _)| *one == name).expect("a sample of that name").1
}

fn array<const N: usize>(name: &str) -> [u8; N] {
    from_base64_array(sample(name)).expect("base64 of that length")
}

fn private(hex: &str) -> AgreementKey {
    let mut bytes = [0; 32];
    const_hex::decode_to_slice(hex, &mut bytes).expect("hex");
    AgreementKey::new(Secret::new(bytes))
}

fn assert_rebuilt(name: &str, scope: &str, role: Role, (iat, exp): (u64, u64), jti: &str) {
    let jti = from_base64_array(jti).expect("32 bytes");
    let claims = Claims { scope: scope.into(), role, iat, exp, jti, ctx: None };
    let token = issue_token(&Secret::new([1; 32]), &claims);
    let ours = Segments::split(&token).expect("three segments");
    assert_eq!(ours.signed, Segments::split(sample(name)).expect("three segments").signed);
}

// spec: encedo-hem 2.2
#[test]
fn access_tokens_have_the_published_text() {
    assert_rebuilt(
        "token_local",
        "logger:get",
        Role::User,
        (1_647_871_445, 1_647_900_245),
        "1YU4YpnVy5rXauwxT2IXRX91hTCxaUEtGdOBK25zA40=",
    );
    let mut kid = [0; 16];
    const_hex::decode_to_slice("42afc419dbda72636b37a2455955e095", &mut kid).expect("hex");
    assert_rebuilt(
        "token_peer",
        "keymgmt:list",
        Role::Peer(KeyId(kid)),
        (1_647_871_122, 1_647_872_020),
        "koQ4YsCf3L4iTrl2py6g7t3jvV9pwwsIr6//F96OfYI=",
    );
    assert_rebuilt(
        "token_init",
        "system:config",
        Role::User,
        (1_647_936_416, 1_647_965_216),
        "oIM5YlIjav0EGjBZqT7ml6wCGxY4XrjFGIpygzCYDmc=",
    );
}

// spec: encedo-hem 2.1
#[test]
fn published_names_of_tokens_begin_with_their_time() {
    for name in ["token_local", "token_peer", "token_init", "login_request"] {
        let segments = Segments::split(sample(name)).expect("three segments");
        let claims = segments.claims_object().expect("claims");
        let jti: [u8; 32] = claims.array("jti").expect("32 bytes");
        let time = u32::from_le_bytes([jti[0], jti[1], jti[2], jti[3]]);
        assert_eq!(claims.number("iat"), Ok(Some(time.into())), "{name}");
    }
}

// spec: encedo-hem 2.2, 3.6
#[test]
fn a_pairing_request_has_the_published_text() {
    let (eid, jti) = (
        "ff6/rpgprw6OjcPbedIB5LbsxjZqmnf43J1zeK1x82I=",
        "9ps4YirH7Te0tefpjyzCcP563F8S+gZxbBMX9TLEBvg=",
    );
    let claims = Writer::new()
        .text("jti", jti)
        .number("exp", 1_647_963_510)
        .text("aud", "/NGSAvu9m64iC79wakGvLc7RbW+rXdruYPue9v0nfHI=")
        .text("iss", eid)
        .finish();
    let ours = ejwt::issue(&key(1), &key(2).public(), &claims).expect("keys agree");
    let ours = Segments::split(&ours).expect("three segments");
    assert_eq!(ours.signed, Segments::split(sample("pair_request")).expect("three").signed);
}

// spec: encedo-hem 2.2, 3.7
#[test]
fn the_published_login_request_reads() {
    let request = Ejwt::parse(sample("login_request")).expect("a token");
    let epk = from_base64_array("Nzo3mRZf7v0Dhi7ghnGOcttBN6HRjTdaPn/sXasy7jU=").expect("32");
    assert!(request.is_for(&epk));
    let scope = request.claims().object("scope").expect("an object");
    let sealed = scope.need_text("L/DzscQrttj8KF8A15Z1UnBpiwcMGnuvSG/xqIp9r4Q=").expect("text");
    // One block of ciphertext and the trailer, behind the letter of the scheme.
    assert_eq!(from_base64(&sealed[1..]).map(|bytes| bytes.len()), Some(16 + 32));
    assert!(request.verify(&key(1)).is_err());
}

// spec: encedo-hem 3.7
#[test]
fn the_published_sealed_scope_opens() {
    let eid = "adc3c5f5712fa6c17ab4f5b73d3bdbb82d940aa0bed2408e26e5ff920635b939";
    let mut eid_public = [0; 32];
    const_hex::decode_to_slice(eid, &mut eid_public).expect("hex");
    let authenticator = private("20e84bfe712c139fa4874fa9c88d50bdee6853fdc2941343ba4146118908ba78");
    let jti = array("scheme_a_jti");
    let key = exchange_key(&authenticator, &eid_public, &jti).expect("keys agree");
    assert_eq!(unseal(&key, sample("scheme_a_entry")).as_deref(), Some("keymgmt:list"));
    assert_eq!(seal(&key, "keymgmt:list"), sample("scheme_a_entry"));
    assert_eq!(base64(&array::<32>("scheme_a_pid")), sample("scheme_a_pid"));
}

// spec: encedo-hem 3.1
#[test]
fn a_passphrase_gives_the_published_key() {
    let mut seed = [0; 32];
    let rounds = std::num::NonZeroU32::new(600_000).expect("not zero");
    let salt = b"d4ad81b06b1d493ab2b6f9b1a3e2c7f0";
    let passphrase = b"correct horse battery staple";
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt, passphrase, &mut seed);
    let public = AgreementKey::new(Secret::new(seed)).public();
    assert_eq!(base64(&public), sample("passphrase_public"));
}

// spec: encedo-hem 7.1
#[test]
fn the_published_log_nonce_is_signed() {
    let (key, nonce) = (array("log_key"), array::<32>("log_nonce"));
    let mut signature: [u8; 64] = array("log_nonce_signed");
    assert!(verify_signature(&key, &nonce, &signature));
    signature[7] ^= 1;
    assert!(!verify_signature(&key, &nonce, &signature));
}

// spec: encedo-hem 7.2
#[test]
fn the_published_log_verifies_line_by_line() {
    let key = array("log_key");
    assert_eq!(verify_log(LOG, &key), Ok(7));
    let without_fourth: String =
        LOG.lines().filter(|line| !line.starts_with('3')).flat_map(|line| [line, "\n"]).collect();
    assert_eq!(verify_log(&without_fourth, &key), Err(LogError::Sequence(5)));
    let other_role = LOG.replace("|12|0|U|", "|12|0|M|");
    assert_eq!(verify_log(&other_role, &key), Err(LogError::Mac(7)));
    assert_eq!(verify_log(LOG, &[7; 32]), Err(LogError::Signature(2)));
    assert_eq!(verify_log("# only\n0|0\n", &key), Err(LogError::Form(2)));
}

// spec: encedo-hem 4.6
#[test]
fn the_published_statement_is_signed_by_its_certificate() {
    let certificate = from_base64(sample("certificate")).expect("DER");
    let parts = parse_genuine(sample("genuine")).expect("three parts");
    assert_eq!(parts.statement, "1647641285");
    assert_eq!(genuine(&parts.key_id, &parts.statement, &parts.signature), sample("genuine"));
    // SubjectKeyIdentifier, and the point of the key, each behind what DER puts before it.
    let identifier = behind(&certificate, &[0x06, 0x03, 0x55, 0x1d, 0x0e, 0x04, 0x16, 0x04, 0x14]);
    assert_eq!(identifier[..20], parts.key_id);
    let point = behind(&certificate, &[0x03, 0x42, 0x00]);
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point[..65])
        .verify(parts.statement.as_bytes(), &parts.signature)
        .expect("the signature is over the decimal time alone");
}

fn behind<'a>(bytes: &'a [u8], mark: &[u8]) -> &'a [u8] {
    let at = bytes.windows(mark.len()).position(|window| window == mark).expect("the mark");
    &bytes[at + mark.len()..]
}

//! Keys of RSA of Encedo HEM instances, used over the stream protocol.
// spec: stream 8.4

use typex_client::{SALT_ANY, Status, cipher, operation, rsa_hash, scheme, tag};

use super::instance::{Fields, Holder, MESSAGE, with};
use super::run;

const PSS: Fields<'static> = &[(tag::SCHEME, &[scheme::PSS_SHA256])];
const OAEP: Fields<'static> = &[(tag::CIPHER, &[cipher::OAEP_SHA256])];
const PKCS1: Fields<'static> = &[(tag::CIPHER, &[cipher::PKCS1])];

#[test]
fn what_is_signed_verifies_until_it_is_changed() {
    run(async |gateway, client| {
        let holder = Holder::new(gateway, client).await;
        let (key, public) = (holder.open("rsa").await, holder.instance.public("rsa"));
        assert_eq!((public.len(), &public[..4]), (294, &[0x30, 0x82, 1, 0x22][..]));
        let long = SALT_ANY.to_be_bytes();
        let ways: [Fields<'_>; 4] = [
            PSS,
            &[(tag::SCHEME, &[scheme::PSS_SHA384]), (tag::MASK_HASH, &[rsa_hash::SHA1])],
            &[(tag::SCHEME, &[scheme::PSS_SHA512]), (tag::SALT, &long)],
            &[(tag::SCHEME, &[scheme::PKCS1_SHA512])],
        ];
        let (sign, verify) = ((operation::SIGN, key), (operation::VERIFY, key));
        for fields in ways {
            let signature = holder.done(sign, fields).await;
            assert_eq!(signature.len(), 256);
            let fields = with(&signature, fields);
            assert!(holder.done(verify, &fields).await.is_empty());
            holder.is_answered(Status::VerifyFailed, verify, &fields, b"amount 12.51").await;
        }
        let digest: [(u8, &[u8]); 2] = [PSS[0], (tag::DIGEST, &[1])];
        holder.is_answered(Status::Done, sign, &digest, &[7; 32]).await;
        holder.is_answered(Status::InvalidData, sign, &digest, &[7; 31]).await;
        let salt: [(u8, &[u8]); 2] = [PSS[0], (tag::SALT, &[0, 223])];
        holder.is_answered(Status::InvalidData, sign, &salt, MESSAGE).await;
    });
}

#[test]
fn what_is_encrypted_comes_back_and_its_defects_are_one() {
    run(async |gateway, client| {
        let holder = Holder::new(gateway, client).await;
        let key = holder.open("rsaes").await;
        let (encrypt, decrypt) = ((operation::ENCRYPT_RSA, key), (operation::DECRYPT_RSA, key));
        let labelled: Fields<'_> = &[OAEP[0], (tag::MASK_HASH, &[0]), (tag::LABEL, b"till 7")];
        for fields in [OAEP, labelled, PKCS1] {
            let text = holder.done(encrypt, fields).await;
            let answer = holder.ask(decrypt, fields, &text).await;
            assert_eq!((answer.status, &answer.data[..]), (Status::Done, MESSAGE));
            holder.is_answered(Status::VerifyFailed, decrypt, fields, &text[1..]).await;
        }
        let text = holder.done(encrypt, OAEP).await;
        for at in [1, 100, 255] {
            let mut wrong = text.clone();
            wrong[at] ^= 1;
            holder.is_answered(Status::VerifyFailed, decrypt, OAEP, &wrong).await;
            // With PKCS#1 v1.5 there is a message, always the same one.
            let first = holder.ask(decrypt, PKCS1, &wrong).await;
            let again = holder.ask(decrypt, PKCS1, &wrong).await;
            assert_eq!((first.status, &first.data), (Status::Done, &again.data));
        }
        holder.is_answered(Status::VerifyFailed, decrypt, labelled, &text).await;
        holder.is_answered(Status::Done, encrypt, OAEP, b"").await;
        holder.is_answered(Status::InvalidData, encrypt, OAEP, &[7; 191]).await;
        holder.is_answered(Status::TooLarge, encrypt, OAEP, &[7; 2049]).await;
        // What comes before a refusal to open is on disk with it.
        assert!(holder.stream.open("TEST_API", typex_client::KeyName::Object(1)).await.is_err());
        let log = gateway.typex(&["audit", "show"]).succeeds();
        for action in ["encrypt", "decrypt"] {
            let told = |line: &str| line.split_whitespace().any(|word| word == action);
            assert!(log.lines().any(told), "{action} is not in {log}");
        }
    });
}

#[test]
fn a_key_signs_or_decrypts_and_raw_keys_do_neither() {
    run(async |gateway, client| {
        let holder = Holder::new(gateway, client).await;
        let (signs, decrypts) = (holder.open("rsa").await, holder.open("rsaes").await);
        let ecdsa: Fields<'_> = &[(tag::SCHEME, &[scheme::ECDSA_SHA256])];
        let raw = crate::harness::Object::demo_a(0x9876);
        let object = typex_client::KeyName::Object(raw.id);
        let raw = holder.stream.open(raw.api_key, object).await.expect("the demo's");
        let (curve, aes) = (holder.open("p256").await, holder.open("aes").await);
        let cases: [((u16, u32), Fields<'_>); 13] = [
            ((operation::SIGN, decrypts), PSS),
            ((operation::ENCRYPT_RSA, signs), OAEP),
            ((operation::DECRYPT_RSA, signs), OAEP),
            ((operation::SIGN, signs), ecdsa),
            ((operation::HMAC, signs), &[]),
            ((operation::PROCESS_DATA, signs), &[]),
            ((operation::PROCESS_DATA, decrypts), &[]),
            ((operation::SIGN, raw), PSS),
            ((operation::ENCRYPT_RSA, raw), PKCS1),
            ((operation::DECRYPT_RSA, raw), PKCS1),
            ((operation::SIGN, curve), PSS),
            ((operation::ENCRYPT_RSA, curve), OAEP),
            ((operation::DECRYPT_RSA, aes), OAEP),
        ];
        for (asked, fields) in cases {
            holder.is_answered(Status::Key, asked, fields, MESSAGE).await;
        }
    });
}

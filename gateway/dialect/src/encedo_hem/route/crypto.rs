//! Use of keys.
// spec: encedo-hem 6

use super::Route;
use super::member::{BYTES, EXT_KID, KID, Kind, Member, PUBKEY};
use crate::encedo_hem::limits::{
    AAD_BYTES_MAX, CIPHER_CONTEXT_BYTES_MAX, CIPHERTEXT_BYTES_MAX, MESSAGE_BYTES_MAX,
    SIGNATURE_CONTEXT_BYTES_MAX, WRAPPED_BYTES_MAX,
};
use crate::encedo_hem::names;
use crate::encedo_hem::read::crypto as read;

const USE: &str = "keymgmt:use:<kid>";

const MSG: Member = Member::new("msg", Kind::Bytes(1, MESSAGE_BYTES_MAX));
const HASH: Member = Member::optional("alg", Kind::Choice(names::hashes));
const SCHEME: Member = Member::new("alg", Kind::Choice(names::schemes));
const CIPHER: Member = Member::new("alg", Kind::Choice(names::ciphers));
const BITS: Member = Member::optional("alg", Kind::Choice(names::all_bits));
const MAC: Member = Member::new("mac", BYTES);
const SIGN: Member = Member::new("sign", BYTES);
const AAD: Member = Member::optional("aad", Kind::Bytes(0, AAD_BYTES_MAX));
const CIPHER_CTX: Member = Member::optional("ctx", Kind::Bytes(0, CIPHER_CONTEXT_BYTES_MAX));
const SIGN_CTX: Member = Member::optional("ctx", Kind::Bytes(0, SIGNATURE_CONTEXT_BYTES_MAX));
const IV: Member = Member::optional("iv", Kind::Bytes(16, 16));
const TAG: Member = Member::optional("tag", Kind::Bytes(16, 16));
const WRAP_IV: Member = Member::optional("iv", Kind::Bytes(8, 8));
const CT: Member = Member::new("ct", BYTES);
const SS: Member = Member::new("ss", Kind::Bytes(32, 32));
const KEM: Member = Member::new("alg", Kind::Choice(names::kem_types));
const ML_DSA: Member = Member::new("alg", Kind::Choice(names::ml_dsa_types));

pub(super) const ROUTES: &[Route] = &[
    Route::post("/api/crypto/hmac/hash", read::mac)
        .about("HMAC of a message, with a stored key or an agreed one")
        .token(USE)
        .takes(&[KID, MSG, HASH, EXT_KID, PUBKEY])
        .gives(&[MAC]),
    Route::post("/api/crypto/hmac/verify", read::verify_mac)
        .about("Checks an HMAC")
        .token(USE)
        .takes(&[KID, MSG, MAC, HASH, EXT_KID, PUBKEY]),
    Route::post("/api/crypto/exdsa/sign", read::sign)
        .about("ECDSA or EdDSA signature of a message")
        .token(USE)
        .takes(&[KID, MSG, SCHEME, SIGN_CTX])
        .gives(&[SIGN]),
    Route::post("/api/crypto/exdsa/verify", read::verify)
        .about("Checks an ECDSA or EdDSA signature")
        .token(USE)
        .takes(&[KID, MSG, SCHEME, SIGN, SIGN_CTX]),
    Route::post("/api/crypto/cipher/encrypt", read::encrypt)
        .about("AES encryption, with a stored key or an agreed one")
        .token(USE)
        .takes(&[KID, MSG, CIPHER, AAD, CIPHER_CTX, EXT_KID, PUBKEY])
        .gives(&[Member::new("ciphertext", BYTES), IV, TAG]),
    Route::post("/api/crypto/cipher/decrypt", read::decrypt)
        .about("AES decryption; CBC needs the iv, GCM iv and tag")
        .token(USE)
        .takes(&[
            KID,
            Member::new("msg", Kind::Bytes(1, CIPHERTEXT_BYTES_MAX)),
            CIPHER,
            IV,
            TAG,
            AAD,
            CIPHER_CTX,
            EXT_KID,
            PUBKEY,
        ])
        .gives(&[Member::new("plaintext", BYTES)]),
    Route::post("/api/crypto/cipher/wrap", read::wrap)
        .about("AES key wrap of RFC 3394")
        .token(USE)
        .takes(&[KID, MSG, BITS, WRAP_IV, CIPHER_CTX, EXT_KID, PUBKEY])
        .gives(&[Member::new("wrapped", BYTES)]),
    Route::post("/api/crypto/cipher/unwrap", read::unwrap)
        .about("The inverse of wrap")
        .token(USE)
        .takes(&[
            KID,
            Member::new("msg", Kind::Bytes(1, WRAPPED_BYTES_MAX)),
            BITS,
            WRAP_IV,
            CIPHER_CTX,
            EXT_KID,
            PUBKEY,
        ])
        .gives(&[Member::new("unwrapped", BYTES)]),
    Route::post("/api/crypto/ecdh", read::agree)
        .about("Key agreement: a hash of the secret, or its first 32 bytes")
        .token(USE)
        .takes(&[KID, HASH, EXT_KID, PUBKEY])
        .gives(&[Member::new("ecdh", BYTES)]),
    Route::post("/api/crypto/pqc/mlkem/encaps", read::encapsulate)
        .about("ML-KEM: a shared secret and its ciphertext")
        .token(USE)
        .takes(&[KID])
        .gives(&[KEM, SS, CT]),
    Route::post("/api/crypto/pqc/mlkem/decaps", read::decapsulate)
        .about("ML-KEM: the shared secret of a ciphertext")
        .token(USE)
        .takes(&[KID, CT])
        .gives(&[KEM, SS]),
    Route::post("/api/crypto/pqc/mldsa/sign", read::ml_dsa_sign)
        .about("ML-DSA signature of a message")
        .token(USE)
        .takes(&[KID, MSG, SIGN_CTX])
        .gives(&[ML_DSA, SIGN]),
    Route::post("/api/crypto/pqc/mldsa/verify", read::ml_dsa_verify)
        .about("Checks an ML-DSA signature")
        .token(USE)
        .takes(&[KID, MSG, SIGN, SIGN_CTX]),
];

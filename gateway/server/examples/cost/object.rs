//! The client side of a `PLAINAES` request, on aws-lc: the second implementation of everything that
//! the gateway's kernels compute.
// spec: enigma-bridge 2.1 to 2.4

use aws_lc_rs::cipher::{
    AES_128, AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext,
    UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use serde_json::Value;

use crate::Failure;
use crate::connection::post;

/// The data of every request.
pub(crate) const BLOCK: [u8; 16] = *b"sixteen bytes in";

/// The demo object for AES-128 encryption.
const OBJECT: u32 = 0xee01;
const REQUEST_MARK: u8 = 0x1f;
const ANSWER_MARK: u8 = 0xf1;

/// Keys of a channel and of the application, as a client has them.
pub(crate) struct Object {
    pub(crate) enc: [u8; 32],
    pub(crate) mac: [u8; 32],
    pub(crate) app: [u8; 16],
}

impl Object {
    /// The published demo keys.
    pub(crate) fn demo() -> Result<Self, Failure> {
        let enc = "e134567890123456789012345678901234567890123456789012345678901234";
        let mac = "e224262820223456789012345678901234567890123456789012345678901234";
        let app = "11223344556677889900aabbccddeeff";
        Ok(Self {
            enc: const_hex::decode_to_array(enc)?,
            mac: const_hex::decode_to_array(mac)?,
            app: const_hex::decode_to_array(app)?,
        })
    }

    /// `ciphertext | tag` of a request for [`BLOCK`] under object number `object`.
    pub(crate) fn seal(&self, object: u32, nonce: u64) -> Result<Vec<u8>, Failure> {
        let mut sealed = vec![REQUEST_MARK];
        sealed.extend_from_slice(&object.to_be_bytes());
        sealed.extend_from_slice(&nonce.to_be_bytes());
        sealed.extend_from_slice(&BLOCK);
        let pad = 16 - sealed.len() % 16;
        sealed.resize(sealed.len() + pad, u8::try_from(pad)?);
        cbc_encrypt(&self.enc, &mut sealed)?;
        let tag = cbc_mac(&self.mac, &sealed)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Fails unless `sealed` is what the gateway must say to the request with this nonce.
    pub(crate) fn check(&self, object: u32, nonce: u64, sealed: &[u8]) -> Result<(), Failure> {
        let (body, tag) = sealed.split_last_chunk::<16>().ok_or("an answer without a tag")?;
        if cbc_mac(&self.mac, body)? != *tag {
            return Err("an answer with a wrong tag".into());
        }
        let mut clear = body.to_vec();
        let key = DecryptingKey::cbc(UnboundCipherKey::new(&AES_256, &self.enc)?)?;
        key.decrypt(&mut clear, DecryptionContext::Iv128(FixedLength::from([0; 16])))?;
        let mut expected = vec![ANSWER_MARK];
        expected.extend_from_slice(&object.to_be_bytes());
        expected.extend(nonce.to_be_bytes().map(|byte| byte.wrapping_add(1)));
        expected.extend_from_slice(&self.applied()?);
        let same = clear.starts_with(&expected) && clear[expected.len()..] == [3; 3];
        if same { Ok(()) } else { Err("an answer with wrong contents".into()) }
    }

    /// [`BLOCK`] under the application key.
    fn applied(&self) -> Result<[u8; 16], Unspecified> {
        let mut block = BLOCK;
        let key = EncryptingKey::ecb(UnboundCipherKey::new(&AES_128, &self.app)?)?;
        key.less_safe_encrypt(&mut block, EncryptionContext::None)?;
        Ok(block)
    }

    /// The bytes of an HTTP/1.1 request.
    pub(crate) fn request(&self, nonce: u64) -> Result<Vec<u8>, Failure> {
        let sealed = const_hex::encode(self.seal(OBJECT, nonce)?);
        let path = format!("/1.0/TEST_API00{OBJECT:08x}/ProcessData/{nonce:016x}");
        Ok(post(&path, &format!(r#"{{"data":"Packet0_COST_0000{sealed}"}}"#)))
    }

    /// Fails unless `body` is the whole right answer to [`request`](Self::request).
    pub(crate) fn check_body(&self, nonce: u64, body: &[u8]) -> Result<(), Failure> {
        let result = result(nonce, body)?;
        let hex = result.strip_suffix('_').and_then(|text| text.strip_prefix("0000"));
        self.check(OBJECT, nonce, &const_hex::decode(hex.ok_or("another form of result")?)?)
    }
}

/// The result of a successful answer that repeats the nonce.
pub(crate) fn result(nonce: u64, body: &[u8]) -> Result<String, Failure> {
    let answer: Value = serde_json::from_slice(body)?;
    let repeated = answer["nonce"] == format!("{nonce:016x}");
    match (&answer["status"], &answer["result"]) {
        (Value::String(status), Value::String(result)) if status == "9000" && repeated => {
            Ok(result.clone())
        }
        _ => Err(format!("not a success: {answer}").into()),
    }
}

fn cbc_encrypt(key: &[u8; 32], data: &mut [u8]) -> Result<(), Unspecified> {
    let key = EncryptingKey::cbc(UnboundCipherKey::new(&AES_256, key)?)?;
    let iv = EncryptionContext::Iv128(FixedLength::from([0; 16]));
    key.less_safe_encrypt(data, iv).map(drop)
}

fn cbc_mac(key: &[u8; 32], data: &[u8]) -> Result<[u8; 16], Unspecified> {
    let mut copy = data.to_vec();
    cbc_encrypt(key, &mut copy)?;
    copy.last_chunk().copied().ok_or(Unspecified)
}

//! The client side of key creation, with `num-bigint` for RSA.
// spec: enigma-bridge 5.1 to 5.4

use num_bigint::BigUint;
use serde_json::{Value, json};

use super::object::{cbc_encrypt, cbc_mac};
use super::{Connection, Object, Random, status};

/// Flag bits: the service makes the channel keys, the application key.
const SERVICE_CHANNEL: u16 = 0x08;
const SERVICE_APP: u16 = 0x10;

/// An open template and all that a client needs to answer it.
pub(crate) struct Template {
    pub(crate) object_id: String,
    bytes: Vec<u8>,
    head_bytes: usize,
    flags_offset: usize,
    fields: Value,
    import_id: String,
    import_key: (BigUint, BigUint, usize),
}

impl Template {
    /// Asks for one of a type, in hex as clients write it; `None` if the gateway is gone.
    pub(crate) fn open(connection: &mut Connection, api_key: &str, kind: &str) -> Option<Self> {
        let data = json!({ "data": { "format": 1, "protocol": 1, "type": kind } });
        let path = format!("/1.0/{api_key}0000000001/GetUserObjectTemplate/0011223344556677");
        let answer = connection.try_post(&path, &data.to_string())?;
        assert_eq!(status(&answer), "9000", "{answer}");
        let result = &answer["result"];
        let bits = |member: &str| {
            let bits = result[member].as_u64().expect("a number of bits");
            usize::try_from(bits / 8).expect("small")
        };
        let key = &result["importkeys"][0];
        Some(Self {
            object_id: text(&result["objectid"]),
            bytes: const_hex::decode(text(&result["template"])).expect("hex"),
            head_bytes: bits("encryptionoffset"),
            flags_offset: bits("flagoffset"),
            fields: result["keyoffsets"].clone(),
            import_id: text(&key["id"]),
            import_key: public_key(&text(&key["key"])),
        })
    }

    /// Fills in channel keys and, where given, the application key.
    pub(crate) fn fill(&mut self, enc: &[u8; 32], mac: &[u8; 32], app: Option<&[u8]>) {
        self.put("comenc", enc);
        self.put("commac", mac);
        let mut cleared = SERVICE_CHANNEL;
        if let Some(app) = app {
            self.put("app", app);
            cleared |= SERVICE_APP;
        }
        let at = self.flags_offset;
        let flags = u16::from_be_bytes([self.bytes[at], self.bytes[at + 1]]) & !cleared;
        self.bytes[at..at + 2].copy_from_slice(&flags.to_be_bytes());
    }

    fn put(&mut self, kind: &str, key: &[u8]) {
        let fields = self.fields.as_array().expect("an array");
        let field = fields.iter().find(|field| field["type"] == kind).expect("a field");
        let offset = usize::try_from(field["offset"].as_u64().expect("bits") / 8).expect("small");
        self.bytes[offset..offset + key.len()].copy_from_slice(key);
    }

    /// The object to send: both TLVs.
    pub(crate) fn seal(&self, random: &mut Random) -> Vec<u8> {
        let (transport, mac) = (random.bytes::<32>(), random.bytes::<32>());
        let id = u32::from_str_radix(&self.object_id, 16).expect("8 hex digits");
        let secret = [&id.to_be_bytes()[..], &transport, &mac].concat();
        let (head, rest) = self.bytes.split_at(self.head_bytes);
        let mut protected = head.to_vec();
        protected.extend(cbc_encrypt(&transport, &padded(rest.to_vec())));
        let mut protected = padded(protected);
        let tag = cbc_mac(&mac, &protected);
        protected.extend(tag);
        let block = wrap(&self.import_key, &secret, random);
        [tlv(0xa1, &block), tlv(0xa2, &protected)].concat()
    }

    /// Body of the creation request.
    pub(crate) fn body(&self, object: &[u8]) -> String {
        let data = json!({ "data": {
            "objectid": self.object_id,
            "importkey": self.import_id,
            "object": const_hex::encode(object),
            "authorization": "",
        } });
        data.to_string()
    }
}

/// Makes an AES key of the client's own and returns it as an object; `None` if the gateway is
/// gone.
pub(crate) fn create_aes(
    connection: &mut Connection,
    api_key: &'static str,
    random: &mut Random,
    app: &[u8; 16],
) -> Option<Object> {
    create(connection, api_key, "300004", random, app)
}

/// Makes an object of a type, in hex, with keys of the client's own.
pub(crate) fn create(
    connection: &mut Connection,
    api_key: &'static str,
    kind: &str,
    random: &mut Random,
    app: &[u8],
) -> Option<Object> {
    let mut template = Template::open(connection, api_key, kind)?;
    let (enc, mac) = (random.bytes(), random.bytes());
    template.fill(&enc, &mac, Some(app));
    let body = template.body(&template.seal(random));
    let path = format!("/1.0/{api_key}0000000001/CreateUserObject/0011223344556677");
    let answer = connection.try_post(&path, &body)?;
    assert_eq!(status(&answer), "9000", "{answer}");
    let id = u32::from_str_radix(&template.object_id, 16).ok()?;
    Some(Object { api_key, id, enc, mac })
}

/// Modulus, exponent and modulus length out of `81 len16 exponent 82 len16 modulus`.
fn public_key(hex: &str) -> (BigUint, BigUint, usize) {
    let bytes = const_hex::decode(hex.replace(' ', "")).expect("hex");
    let part = |at: usize, tag: u8| {
        assert_eq!(bytes[at], tag);
        let len = usize::from(u16::from_be_bytes([bytes[at + 1], bytes[at + 2]]));
        &bytes[at + 3..at + 3 + len]
    };
    let exponent = part(0, 0x81);
    let modulus = part(3 + exponent.len(), 0x82);
    (BigUint::from_bytes_be(modulus), BigUint::from_bytes_be(exponent), modulus.len())
}

/// PKCS#1 v1.5, block type 2.
fn wrap(key: &(BigUint, BigUint, usize), secret: &[u8], random: &mut Random) -> Vec<u8> {
    let (modulus, exponent, len) = key;
    let mut block = vec![0, 2];
    while block.len() < len - secret.len() - 1 {
        let [byte] = random.bytes::<1>();
        block.push(byte.max(1));
    }
    block.push(0);
    block.extend(secret);
    let sealed = BigUint::from_bytes_be(&block).modpow(exponent, modulus).to_bytes_be();
    let mut padded = vec![0; len - sealed.len()];
    padded.extend(sealed);
    padded
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    let pad = 16 - bytes.len() % 16;
    bytes.resize(bytes.len() + pad, u8::try_from(pad).expect("at most 16"));
    bytes
}

fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let len = u16::try_from(value.len()).expect("short");
    [&[tag][..], &len.to_be_bytes(), value].concat()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

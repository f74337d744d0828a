//! The client side of one-time passwords.
// spec: enigma-bridge 4.4

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::{Connection, Object, Random};

const USER: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];

/// A user with a context that the gateway made.
pub(crate) struct Hotp {
    context: Vec<u8>,
    key: Vec<u8>,
    /// The next counter to use.
    pub(crate) counter: u64,
}

impl Hotp {
    /// Asks for a context with HOTP of 6 digits; `None` if the gateway is gone.
    pub(crate) fn create(connection: &mut Connection, random: &mut Random) -> Option<Self> {
        let mut clear = vec![1];
        clear.extend(USER);
        clear.extend([0, 0, 0, 0, 0, 4]);
        let method = [&[0, 3][..], &[0; 8], &[2, 6, 16], &[0x11; 16]].concat();
        clear.extend(tlv(0x3f, &method));
        let data = [tlv(0xa3, &[0; 80]), tlv(0xa8, &clear)].concat();
        let answer = call(connection, 0x8855, &data, random)?;
        let (context, rest) = split(&answer, 0xa3);
        let (result, end) = split(rest, 0xa8);
        assert_eq!(end, [0x90, 0x00]);
        let (key, _) = split(&result[8..], 0x3f);
        Some(Self { context: context.to_vec(), key: key.to_vec(), counter: 1 })
    }

    /// Its key, which the gateway made.
    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }

    /// Uses the next code. The gateway may have taken it already without our seeing the answer;
    /// then the one after it must do. `None` if the gateway is gone.
    pub(crate) fn authenticate(
        &mut self,
        connection: &mut Connection,
        random: &mut Random,
    ) -> Option<()> {
        if self.attempt(connection, self.counter, random)? == 0x9000 {
            self.counter += 1;
            return Some(());
        }
        assert_eq!(self.attempt(connection, self.counter + 1, random)?, 0x9000);
        self.counter += 2;
        Some(())
    }

    /// A code whose success was acknowledged is never taken again.
    pub(crate) fn check_used_code_is_refused(
        &mut self,
        connection: &mut Connection,
        random: &mut Random,
    ) {
        if self.counter > 1 {
            let status = self.attempt(connection, self.counter - 1, random);
            assert_eq!(status, Some(0xa0b0), "counter {} was forgotten", self.counter);
        }
    }

    /// The inner status of one attempt.
    pub(crate) fn attempt(
        &mut self,
        connection: &mut Connection,
        counter: u64,
        random: &mut Random,
    ) -> Option<u16> {
        let code = self.code(counter);
        let request = [&USER[..], &code_pairs(code)].concat();
        let data = [tlv(0xa3, &self.context), tlv(0xa5, &request)].concat();
        let answer = call(connection, 0x5588, &data, random)?;
        let (context, rest) = split(&answer, 0xa3);
        self.context = context.to_vec();
        let (_, status) = split(rest, 0xa5);
        Some(u16::from_be_bytes([status[0], status[1]]))
    }

    /// RFC 4226, 6 digits.
    fn code(&self, counter: u64) -> u32 {
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.key).expect("any length");
        mac.update(&counter.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let at = usize::from(digest[19] & 15);
        let word = [digest[at] & 0x7f, digest[at + 1], digest[at + 2], digest[at + 3]];
        u32::from_be_bytes(word) % 1_000_000
    }
}

/// Decimal pairs from the right, 16 bits each, one leading zero pair.
fn code_pairs(code: u32) -> Vec<u8> {
    let pair = |divisor: u32| u16::try_from(code / divisor % 100).expect("two digits");
    [0, pair(10_000), pair(100), pair(1)].iter().flat_map(|pair| pair.to_be_bytes()).collect()
}

fn call(
    connection: &mut Connection,
    object: u32,
    data: &[u8],
    random: &mut Random,
) -> Option<Vec<u8>> {
    let object = Object::demo_b(object);
    let nonce = random.bytes();
    let body = format!("{{\"data\":\"{}\"}}", object.seal(nonce, data));
    let answer = connection.try_post(&object.path(nonce), &body)?;
    assert_eq!(super::status(&answer), "9000", "{answer}");
    let (found, result) = object.open(answer["result"].as_str()?).expect("a sound answer");
    assert_eq!(found, nonce);
    Some(result)
}

fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let len = u16::try_from(value.len()).expect("short");
    [&[tag][..], &len.to_be_bytes(), value].concat()
}

/// The value of the TLV in front, and what follows it.
fn split(bytes: &[u8], tag: u8) -> (&[u8], &[u8]) {
    assert_eq!(bytes[0], tag, "{bytes:02x?}");
    let len = usize::from(u16::from_be_bytes([bytes[1], bytes[2]]));
    bytes[3..].split_at(len)
}

//! Paddings of RSA, taken off blocks that are secret: right ones, and wrong ones of every kind.

use typex_constant_time::random::Random;
use typex_core::op::rsa::{Oaep, RsaEncryption, RsaHash};
use typex_engine::rsa::{Error, PrivateJob, Rejection, Substitutes, encrypt};
use typex_kernels::rsa::RsaPrivate;

use super::{Report, hide, reveal};

const BITS: u32 = 2048;
const MESSAGE: &[u8] = b"a message";

/// A key with something enciphered to it.
struct Sealed<'a> {
    key: &'a RsaPrivate,
    padding: &'a RsaEncryption,
    text: Vec<u8>,
}

impl Sealed<'_> {
    /// What is in the ciphertext.
    fn block(&self) -> Result<Vec<u8>, String> {
        let mut block = vec![0; self.text.len()];
        self.key.private_raw(&self.text, &mut block).map_err(|error| error.to_string())?;
        Ok(block)
    }

    /// What becomes of the job when the raw operation gives this block.
    fn unpadded(&self, rejection: Rejection<'_>, block: &[u8]) -> Result<Vec<u8>, Error> {
        let mut job = PrivateJob::decrypt(self.key, self.padding, &self.text, rejection)?;
        job.buffers().1.copy_from_slice(block);
        job.finish(Ok(())).map(|message| message.expose().clone())
    }

    fn run(&self, report: &mut Report, name: &str, rejection: Rejection<'_>) -> Result<(), String> {
        for (what, block) in blocks(&self.block()?) {
            let expected = self.unpadded(rejection, &block);
            report.clean(&format!("{:?}, {name}, {what}", self.padding), || {
                let mut block = block;
                hide(&mut block);
                let mut found = self.unpadded(rejection, &block);
                if let Ok(message) = &mut found {
                    reveal(message);
                }
                if found == expected { Ok(()) } else { Err("another result".to_owned()) }
            });
        }
        Ok(())
    }
}

/// A block, and others that are wrong somewhere.
fn blocks(right: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let changed = |at: usize, byte: u8| {
        let mut block = right.to_vec();
        block[at] = byte;
        block
    };
    let end = right.len() - MESSAGE.len() - 1;
    vec![
        ("right", right.to_vec()),
        ("first byte", changed(0, 1)),
        ("second byte", changed(1, right[1] ^ 1)),
        ("an early 00", changed(5, 0)),
        ("no 00", changed(end, right[end] ^ 1)),
        ("all 00", vec![0; right.len()]),
    ]
}

pub(super) fn run(report: &mut Report) {
    if let Err(fault) = all(report) {
        report.clean("paddings of RSA", || Err(fault));
    }
}

fn all(report: &mut Report) -> Result<(), String> {
    let key = RsaPrivate::generate(BITS).map_err(|error| error.to_string())?;
    let substitutes = Substitutes::new(b"a private key");
    let mut random = Random::new(11);
    let label = b"label".to_vec();
    let paddings = [
        RsaEncryption::Pkcs1,
        RsaEncryption::Oaep(Oaep::plain(RsaHash::Sha256)),
        RsaEncryption::Oaep(Oaep { hash: RsaHash::Sha512, mask: RsaHash::Sha1, label }),
    ];
    for padding in &paddings {
        let drawn = |out: &mut [u8]| {
            out.copy_from_slice(&random.bytes(out.len()));
            Ok(())
        };
        let text = encrypt(key.public(), padding, MESSAGE, drawn);
        let text = text.map_err(|error| error.to_string())?;
        let sealed = Sealed { key: &key, padding, text };
        sealed.run(report, "told", Rejection::Told)?;
        if *padding == RsaEncryption::Pkcs1 {
            sealed.run(report, "implicit", Rejection::Implicit(&substitutes))?;
        }
    }
    Ok(())
}

//! Operations with a private key, around the raw one.

use typex_core::op::rsa::{Oaep, RsaEncryption, RsaSignature};
use typex_core::secret::Secret;
use typex_kernels::rsa::{Operation, RsaError, RsaPrivate, private_raw_many};

use super::substitute::{Substitute, Substitutes};
use super::{Bytes, Error, Signed, oaep, pkcs1, pss};

/// A signature or a decryption: prepared, then raised to the private exponent, then finished.
pub struct PrivateJob<'a> {
    key: &'a RsaPrivate,
    input: Bytes,
    output: Bytes,
    finish: Finish<'a>,
}

/// What is left to do behind the raw operation.
enum Finish<'a> {
    Nothing,
    Oaep(&'a Oaep),
    Pkcs1,
    Pkcs1Or(Substitute),
}

/// What becomes of a ciphertext whose padding of PKCS#1 v1.5 is wrong.
#[derive(Clone, Copy)]
pub enum Rejection<'a> {
    /// [`Error::Verify`]. Whoever can ask without being shown messages learns them so.
    Told,
    /// Another message, which key and ciphertext alone decide.
    Implicit(&'a Substitutes),
}

impl<'a> PrivateJob<'a> {
    /// A signature; `draw` is asked once by PSS, for the salt.
    ///
    /// # Errors
    /// [`Error::Length`] for a digest of another length, and for a key that is too short for hash
    /// and salt; what `draw` gives.
    pub fn sign(
        key: &'a RsaPrivate,
        padding: RsaSignature,
        signed: Signed<'_>,
        draw: impl FnOnce(&mut [u8]) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let (digest, bytes) = (signed.digest(padding.hash())?, key.modulus_len());
        let block = match padding {
            RsaSignature::Pkcs1(hash) => pkcs1::signature_block(hash, &digest, bytes)?,
            RsaSignature::Pss(pss) => pss::block(pss, &digest, bytes, draw)?,
        };
        Ok(Self::new(key, block, Finish::Nothing))
    }

    /// A decryption. Of OAEP the rejection is always told: its padding gives nothing away.
    ///
    /// # Errors
    /// [`Error::Verify`] for a ciphertext that is no number below the modulus, of its length;
    /// [`Error::Length`] for a key that is too short for the hash.
    pub fn decrypt(
        key: &'a RsaPrivate,
        padding: &'a RsaEncryption,
        ciphertext: &[u8],
        rejection: Rejection<'_>,
    ) -> Result<Self, Error> {
        let bytes = key.modulus_len();
        let room = match padding {
            RsaEncryption::Oaep(oaep) => oaep::room(oaep, bytes)?,
            RsaEncryption::Pkcs1 => pkcs1::room(bytes)?,
        };
        if ciphertext.len() != bytes || ciphertext >= key.public().modulus() {
            return Err(Error::Verify);
        }
        let finish = match (padding, rejection) {
            (RsaEncryption::Oaep(oaep), _) => Finish::Oaep(oaep),
            (RsaEncryption::Pkcs1, Rejection::Told) => Finish::Pkcs1,
            (RsaEncryption::Pkcs1, Rejection::Implicit(substitutes)) => {
                Finish::Pkcs1Or(substitutes.draw(ciphertext, room)?)
            }
        };
        Ok(Self::new(key, ciphertext.to_vec(), finish))
    }

    fn new(key: &'a RsaPrivate, input: Vec<u8>, finish: Finish<'a>) -> Self {
        let output = Secret::new(vec![0; input.len()]);
        Self { key, input: Secret::new(input), output, finish }
    }

    /// The raw operation in the middle.
    ///
    /// # Errors
    /// [`Error::Fault`]: a prepared job has a number that the key takes.
    pub fn raw(&mut self) -> Result<Operation<'_>, Error> {
        let operation = Operation::new(self.key, self.input.expose(), self.output.expose_mut());
        operation.map_err(|_| Error::Fault)
    }

    /// The number to raise and where its result goes, for whoever does that in another way.
    pub fn buffers(&mut self) -> (&[u8], &mut [u8]) {
        (self.input.expose(), self.output.expose_mut())
    }

    /// The signature or the message, after the raw operation ended like this.
    ///
    /// # Errors
    /// [`Error::Verify`] for padding that is wrong and told; [`Error::Fault`].
    pub fn finish(self, raw: Result<(), RsaError>) -> Result<Bytes, Error> {
        raw.map_err(|_| Error::Fault)?;
        match self.finish {
            Finish::Nothing => Ok(self.output),
            Finish::Oaep(oaep) => oaep::unpad(oaep, self.output),
            Finish::Pkcs1 => pkcs1::unpad(&self.output),
            Finish::Pkcs1Or(substitute) => pkcs1::unpad_or(self.output, &substitute),
        }
    }

    /// The whole job, alone.
    ///
    /// # Errors
    /// As [`PrivateJob::finish`].
    pub fn run(mut self) -> Result<Bytes, Error> {
        let done = self.key.private_raw(self.input.expose(), self.output.expose_mut());
        self.finish(done)
    }

    /// Many jobs, side by side where that is quicker; answers in their order.
    pub fn run_many(mut jobs: Vec<Self>) -> Vec<Result<Bytes, Error>> {
        let raw: Result<Vec<_>, _> = jobs.iter_mut().map(Self::raw).collect();
        let Ok(mut raw) = raw else { return jobs.iter().map(|_| Err(Error::Fault)).collect() };
        private_raw_many(&mut raw);
        let done: Vec<_> = raw.iter().map(Operation::outcome).collect();
        drop(raw);
        jobs.into_iter().zip(done).map(|(job, done)| job.finish(done)).collect()
    }
}

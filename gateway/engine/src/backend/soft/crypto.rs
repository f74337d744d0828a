//! Operations of keys that serve more than one, as a function of the job.

use typex_core::error::{ErrorKind, InvalidData, Malformed};
use typex_core::key::{AesBits, Algorithm, Hash};
use typex_core::op::crypto::{AesCipher, CryptoAnswer, CryptoCall};
use typex_core::secret::Secret;

use super::random;
use crate::algorithm::{self, Random, Sealed};
use crate::crypto::CryptoJob;
use crate::general::GeneralKey;
use crate::job::Outcome;
use crate::rsa::{self, PrivateJob, answered};

/// What an agreed key of an AES operation is derived with.
// spec: encedo-hem 6
const CIPHER_LABEL: &[u8] = b"encedo-aes";
const WRAP_LABEL: &[u8] = b"encedo-kek";

/// Bytes of an agreed secret that are shown where no hash is asked for.
// spec: encedo-hem 6
const AGREED_BYTES: usize = 32;

type Bytes = Secret<Vec<u8>>;

/// Runs signatures and decryptions of RSA side by side.
pub(super) fn run_private(jobs: &[&CryptoJob]) -> Vec<Result<Outcome, ErrorKind>> {
    let (mut prepared, mut refused) = (Vec::new(), Vec::new());
    for job in jobs {
        let one = prepare(job);
        refused.push(one.as_ref().err().copied());
        prepared.extend(one);
    }
    let mut done = PrivateJob::run_many(prepared).into_iter();
    let result = |(job, refusal): (&&CryptoJob, Option<ErrorKind>)| match refusal {
        Some(kind) => Err(kind),
        None => Ok(outcome(answered(&job.call, done.next().ok_or(ErrorKind::Internal)??))),
    };
    jobs.iter().zip(refused).map(result).collect()
}

fn prepare(job: &CryptoJob) -> Result<PrivateJob<'_>, ErrorKind> {
    let rsa = job.rsa().ok_or(ErrorKind::Internal)?;
    rsa.prepare(&job.call, |out| draw(job, out))
}

fn draw(job: &CryptoJob, out: &mut [u8]) -> Result<(), rsa::Error> {
    random::expand(&job.random, out).map_err(|_| rsa::Error::Random)
}

fn outcome(answer: CryptoAnswer) -> Outcome {
    Outcome::Crypto(Box::new(answer))
}

pub(super) fn run(job: &CryptoJob) -> Result<Outcome, ErrorKind> {
    match job.key.general().and_then(GeneralKey::rsa) {
        Some(_) if job.peer.is_some() => Err(ErrorKind::KeyUsage),
        Some(rsa) => Ok(outcome(rsa.answer(&job.call, |out| draw(job, out))?)),
        None => run_usual(job),
    }
}

fn run_usual(job: &CryptoJob) -> Result<Outcome, ErrorKind> {
    let key = Key::new(job)?;
    let answer = match &job.call {
        CryptoCall::Mac { hash, message } => {
            let (hash, secret) = key.of_mac(*hash)?;
            CryptoAnswer::Public(algorithm::mac(hash, secret.expose(), message.expose()))
        }
        CryptoCall::VerifyMac { hash, message, mac } => {
            let (hash, secret) = key.of_mac(*hash)?;
            algorithm::verify_mac(hash, secret.expose(), message.expose(), mac)?;
            CryptoAnswer::Verified
        }
        CryptoCall::Sign { .. } | CryptoCall::Verify { .. } => key.signature(job)?,
        CryptoCall::Encrypt { .. } | CryptoCall::Decrypt { .. } => key.cipher(job)?,
        CryptoCall::EncryptRsa { .. } | CryptoCall::DecryptRsa { .. } => {
            return Err(ErrorKind::KeyUsage);
        }
        CryptoCall::Wrap { bits, message, context, iv } => {
            let kek = key.of_aes(*bits, WRAP_LABEL, context)?;
            let wrapped = algorithm::wrap(*bits, kek.expose(), iv.as_ref(), message.expose())?;
            CryptoAnswer::Public(wrapped)
        }
        CryptoCall::Unwrap { bits, message, context, iv } => {
            let kek = key.of_aes(*bits, WRAP_LABEL, context)?;
            CryptoAnswer::Secret(algorithm::unwrap(*bits, kek.expose(), iv.as_ref(), message)?)
        }
        CryptoCall::Agree { hash } => CryptoAnswer::Secret(shown(key.agreed()?, *hash)),
        CryptoCall::Encapsulate | CryptoCall::Decapsulate { .. } => key.encapsulation(job)?,
    };
    Ok(Outcome::Crypto(Box::new(answer)))
}

/// The key of a job, and what it agrees upon with the other party.
struct Key<'a> {
    key: &'a GeneralKey,
    algorithm: Algorithm,
    agreed: Option<Bytes>,
}

impl<'a> Key<'a> {
    fn new(job: &'a CryptoJob) -> Result<Self, ErrorKind> {
        let key = job.key.general().ok_or(ErrorKind::KeyUsage)?;
        let algorithm = key.general().algorithm;
        let agree = |peer: &Vec<u8>| {
            let private = key.secret().ok_or(ErrorKind::KeyUsage)?;
            algorithm::agree(algorithm, private, peer).map_err(ErrorKind::from)
        };
        let agreed = job.peer.as_ref().map(agree).transpose()?;
        Ok(Self { key, algorithm, agreed })
    }

    fn secret(&self) -> Result<&Bytes, ErrorKind> {
        self.key.secret().ok_or(ErrorKind::KeyUsage)
    }

    fn public(&self) -> Result<&[u8], ErrorKind> {
        self.key.public().ok_or(ErrorKind::KeyUsage)
    }

    fn agreed(&self) -> Result<&Bytes, ErrorKind> {
        self.agreed.as_ref().ok_or(ErrorKind::InvalidData(InvalidData::Parameter))
    }

    /// A stored key says its hash; of an agreed one the caller says it.
    fn of_mac(&self, hash: Option<Hash>) -> Result<(Hash, &Bytes), ErrorKind> {
        match (&self.agreed, self.algorithm) {
            (Some(agreed), _) => {
                let hash = hash.ok_or(ErrorKind::InvalidData(InvalidData::Parameter))?;
                Ok((hash, agreed))
            }
            (None, Algorithm::Hmac(hash)) => Ok((hash, self.secret()?)),
            _ => Err(ErrorKind::KeyUsage),
        }
    }

    fn of_aes(&self, bits: AesBits, label: &[u8], context: &[u8]) -> Result<Bytes, ErrorKind> {
        match (&self.agreed, self.algorithm) {
            (Some(agreed), _) => Ok(algorithm::agreed_key(bits, agreed, label, context)),
            (None, Algorithm::Aes(_)) => self.secret().cloned(),
            _ => Err(ErrorKind::KeyUsage),
        }
    }

    fn signature(&self, job: &CryptoJob) -> Result<CryptoAnswer, ErrorKind> {
        let algorithm = self.algorithm;
        match &job.call {
            CryptoCall::Sign { scheme, message, context } => {
                let (private, message) = (self.secret()?, message.expose());
                let random = fixed(&job.random);
                let signature =
                    algorithm::sign(algorithm, *scheme, private, message, context, &random)?;
                Ok(CryptoAnswer::Public(signature))
            }
            CryptoCall::Verify { scheme, message, context, signature } => {
                let (public, message) = (self.public()?, message.expose());
                algorithm::verify(algorithm, *scheme, public, message, context, signature)?;
                Ok(CryptoAnswer::Verified)
            }
            _ => Err(ErrorKind::Internal),
        }
    }

    fn cipher(&self, job: &CryptoJob) -> Result<CryptoAnswer, ErrorKind> {
        match &job.call {
            CryptoCall::Encrypt { cipher, message, aad, context } => {
                let key = self.of_aes(cipher.bits, CIPHER_LABEL, context)?;
                let iv = first_block(&job.random);
                let message = message.expose();
                let Sealed { ciphertext, tag } =
                    algorithm::encrypt(*cipher, key.expose(), &iv, aad, message)?;
                let iv = has_iv(*cipher).then_some(iv);
                Ok(CryptoAnswer::Encrypted { ciphertext, iv, tag })
            }
            CryptoCall::Decrypt { cipher, message, aad, context, iv, tag } => {
                let key = self.of_aes(cipher.bits, CIPHER_LABEL, context)?;
                let iv = if has_iv(*cipher) { *iv } else { Some([0; 16]) };
                let iv = iv.ok_or(ErrorKind::Malformed(Malformed::Member))?;
                let (key, tag) = (key.expose(), tag.as_ref());
                let clear = algorithm::decrypt(*cipher, key, &iv, aad, tag, message)?;
                Ok(CryptoAnswer::Secret(clear))
            }
            _ => Err(ErrorKind::Internal),
        }
    }

    fn encapsulation(&self, job: &CryptoJob) -> Result<CryptoAnswer, ErrorKind> {
        let Algorithm::MlKem(set) = self.algorithm else { return Err(ErrorKind::KeyUsage) };
        match &job.call {
            CryptoCall::Encapsulate => {
                let random = fixed(&job.random);
                let (secret, ciphertext) = algorithm::encapsulate(set, self.public()?, &random)?;
                Ok(CryptoAnswer::Encapsulated { secret, ciphertext })
            }
            CryptoCall::Decapsulate { ciphertext } => {
                let secret = algorithm::decapsulate(set, self.secret()?, ciphertext)?;
                Ok(CryptoAnswer::Secret(secret))
            }
            _ => Err(ErrorKind::Internal),
        }
    }
}

fn has_iv(cipher: AesCipher) -> bool {
    cipher.mode != typex_core::op::crypto::AesMode::Ecb
}

fn first_block(random: &Secret<[u8; 32]>) -> [u8; 16] {
    let (blocks, _) = random.expose().as_chunks::<16>();
    blocks[0]
}

/// The agreed secret as it is shown.
fn shown(agreed: &Bytes, hash: Option<Hash>) -> Bytes {
    let agreed = agreed.expose();
    Secret::new(match hash {
        Some(hash) => algorithm::digest(hash, agreed),
        None => agreed.iter().copied().take(AGREED_BYTES).collect(),
    })
}

/// The job's own randomness as a generator.
fn fixed(seed: &Secret<[u8; 32]>) -> Random {
    let seed = seed.clone();
    Random::over(move |out| random::expand(&seed, out).is_ok())
}

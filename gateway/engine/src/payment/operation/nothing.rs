//! Answers of the right form without computing anything.

use typex_core::op::payment::{Cipher, Done, Encrypted, PinForm, Task};
use typex_core::secret::Secret;

use super::PaymentJob;

/// Digits of a PVV; of an offset where no PIN says how many.
const DIGITS: usize = 4;

impl PaymentJob {
    /// Zeros where the operation has a result, and that what is to be verified is right. Nothing if
    /// the length of the result depends on a key, or on what is inside.
    pub(crate) fn nothing(&self) -> Option<Done> {
        Some(match &self.task {
            Task::Encrypt { cipher, plaintext } => {
                Done::Encrypted(self.enciphered(cipher, plaintext.expose().len())?)
            }
            Task::ReEncrypt { incoming: Cipher::Rsa(_), .. } => return None,
            Task::ReEncrypt { outgoing, ciphertext, .. } => {
                Done::Encrypted(self.enciphered(outgoing, ciphertext.len())?)
            }
            Task::Decrypt { cipher: Cipher::Rsa(_), .. } => return None,
            Task::Decrypt { ciphertext, .. } => {
                Done::Decrypted(Secret::new(vec![0; ciphertext.len()]))
            }
            Task::TranslatePin { outgoing, .. } => Done::PinBlock(block(outgoing)),
            Task::GeneratePin3624 { form, length, .. } => pin(block(form), usize::from(*length)),
            Task::GeneratePinVisa { form, .. } => pin(block(form), DIGITS),
            Task::GenerateOffset3624 { pin: given, .. }
            | Task::GenerateValueVisa { pin: given, .. } => pin(given.block.clone(), DIGITS),
            Task::GenerateMac { length, .. } => Done::Mac(vec![0; usize::from((*length)?)]),
            Task::GenerateCardValue { length, .. } | Task::GenerateDynamicValue { length, .. } => {
                Done::CardValue(digits(usize::from(*length)))
            }
            Task::VerifyPin3624 { .. }
            | Task::VerifyPinVisa { .. }
            | Task::VerifyMac { .. }
            | Task::VerifyCardValue { .. }
            | Task::VerifyDynamicValue { .. }
            | Task::VerifyCryptogram { response: None, .. } => Done::Verified(None),
            Task::GenerateCryptogram(_) => Done::Mac(vec![0; 8]),
            Task::VerifyCryptogram { .. } | Task::ChangeChipPin { .. } => return None,
        })
    }

    fn enciphered(&self, cipher: &Cipher, bytes: usize) -> Option<Encrypted> {
        let ciphertext = vec![0; bytes];
        match cipher {
            Cipher::Rsa(_) => None,
            Cipher::Gcm { .. } => {
                let nonce = self.nonce.as_ref().map(|nonce| *nonce.bytes());
                Some(Encrypted { ciphertext, nonce, tag: Some([0; 16]) })
            }
            Cipher::Block { .. } | Cipher::Chip { .. } => {
                Some(Encrypted { ciphertext, nonce: None, tag: None })
            }
        }
    }
}

fn block(form: &PinForm) -> Vec<u8> {
    vec![0; if form.format == 4 { 16 } else { 8 }]
}

fn pin(block: Vec<u8>, length: usize) -> Done {
    Done::Pin { block, value: Some(digits(length)) }
}

fn digits(length: usize) -> Secret<Vec<u8>> {
    Secret::new(vec![b'0'; length])
}

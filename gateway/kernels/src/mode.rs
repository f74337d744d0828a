//! The modes: one message at a time, or lanes of jobs.

use zeroize::optimization_barrier;

use crate::cmac as cmac_block;
use crate::job::{blocks_mut, mac_blocks};
use crate::{BLOCK, Block, CbcJob, CmacJob, CtrJob, EcbJob, LengthError, MacJob, Path, RoundKeys};

/// Counter blocks encrypted per turn: eight of the widest vectors.
const CTR_BLOCKS: usize = 32;

/// Declares a free function on the detected path for the method of the same name.
macro_rules! on_detected_path {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) $(-> $out:ty)?;)*) => {$(
        $(#[$doc])*
        #[inline]
        pub fn $name($($arg: $type),*) $(-> $out)? {
            Path::detect().$name($($arg),*)
        }
    )*};
}

on_detected_path! {
    /// Encrypts every job in CBC mode.
    cbc_encrypt_lanes(jobs: &mut [CbcJob<'_>]);
    /// Decrypts every job in CBC mode.
    cbc_decrypt_lanes(jobs: &mut [CbcJob<'_>]);
    /// Computes the CBC-MAC of every job.
    cbc_mac_lanes(jobs: &mut [MacJob<'_>]);
    /// Computes the CMAC of every job.
    cmac_lanes(jobs: &mut [CmacJob<'_>]);
    /// Encrypts every block of every job on its own.
    ecb_encrypt_lanes(jobs: &mut [EcbJob<'_>]);
    /// Decrypts every block of every job on its own.
    ecb_decrypt_lanes(jobs: &mut [EcbJob<'_>]);
    /// Encrypts or decrypts every job in CTR mode.
    ctr_lanes(jobs: &mut [CtrJob<'_>]);
    /// Encrypts one message in CBC mode, in place.
    ///
    /// # Errors
    /// [`LengthError::PartialBlock`]; `data` is then unchanged.
    cbc_encrypt(keys: &RoundKeys, iv: &Block, data: &mut [u8]) -> Result<(), LengthError>;
    /// Decrypts one message in CBC mode, in place.
    ///
    /// # Errors
    /// [`LengthError::PartialBlock`]; `data` is then unchanged.
    cbc_decrypt(keys: &RoundKeys, iv: &Block, data: &mut [u8]) -> Result<(), LengthError>;
    /// The CBC-MAC of one message with a zero IV, one or more whole blocks.
    ///
    /// # Errors
    /// [`LengthError::Empty`] and [`LengthError::PartialBlock`].
    cbc_mac(keys: &RoundKeys, data: &[u8]) -> Result<Block, LengthError>;
    /// The CMAC (SP 800-38B) of one message of any length.
    cmac(keys: &RoundKeys, data: &[u8]) -> Block;
    /// Encrypts every block on its own, in place.
    ///
    /// # Errors
    /// [`LengthError::PartialBlock`]; `data` is then unchanged.
    ecb_encrypt(keys: &RoundKeys, data: &mut [u8]) -> Result<(), LengthError>;
    /// Decrypts every block on its own, in place.
    ///
    /// # Errors
    /// [`LengthError::PartialBlock`]; `data` is then unchanged.
    ecb_decrypt(keys: &RoundKeys, data: &mut [u8]) -> Result<(), LengthError>;
    /// Encrypts or decrypts one message in CTR mode, in place. `counter` is the first counter
    /// block, a 128-bit big-endian number that wraps.
    ctr(keys: &RoundKeys, counter: &Block, data: &mut [u8]);
}

impl Path {
    /// [`cbc_encrypt_lanes`] on this path.
    #[inline]
    pub fn cbc_encrypt_lanes(self, jobs: &mut [CbcJob<'_>]) {
        self.0.cbc_encrypt_lanes(jobs);
    }

    /// [`cbc_decrypt_lanes`] on this path.
    #[inline]
    pub fn cbc_decrypt_lanes(self, jobs: &mut [CbcJob<'_>]) {
        self.0.cbc_decrypt_lanes(jobs);
    }

    /// [`cbc_mac_lanes`] on this path.
    #[inline]
    pub fn cbc_mac_lanes(self, jobs: &mut [MacJob<'_>]) {
        self.0.cbc_mac_lanes(jobs);
    }

    /// [`cmac_lanes`] on this path.
    pub fn cmac_lanes(self, jobs: &mut [CmacJob<'_>]) {
        self.0.cmac_body_lanes(jobs);
        for job in jobs {
            cmac_block::add_last(&mut job.tag, job.last, &job.keys.cmac);
            self.0.encrypt(job.keys, std::slice::from_mut(&mut job.tag));
        }
    }

    /// [`ecb_encrypt_lanes`] on this path.
    #[inline]
    pub fn ecb_encrypt_lanes(self, jobs: &mut [EcbJob<'_>]) {
        self.0.ecb_encrypt_lanes(jobs);
    }

    /// [`ecb_decrypt_lanes`] on this path.
    #[inline]
    pub fn ecb_decrypt_lanes(self, jobs: &mut [EcbJob<'_>]) {
        self.0.ecb_decrypt_lanes(jobs);
    }

    /// [`ctr_lanes`] on this path.
    #[inline]
    pub fn ctr_lanes(self, jobs: &mut [CtrJob<'_>]) {
        for job in jobs {
            self.ctr(job.keys, &job.counter, job.data);
        }
    }

    /// [`cbc_encrypt`] on this path.
    ///
    /// # Errors
    /// [`LengthError::PartialBlock`]; `data` is then unchanged.
    #[inline]
    pub fn cbc_encrypt(
        self,
        keys: &RoundKeys,
        iv: &Block,
        data: &mut [u8],
    ) -> Result<(), LengthError> {
        self.0.cbc_encrypt(keys, iv, blocks_mut(data)?);
        Ok(())
    }

    /// [`cbc_decrypt`] on this path.
    ///
    /// # Errors
    /// [`LengthError::PartialBlock`]; `data` is then unchanged.
    #[inline]
    pub fn cbc_decrypt(
        self,
        keys: &RoundKeys,
        iv: &Block,
        data: &mut [u8],
    ) -> Result<(), LengthError> {
        self.0.cbc_decrypt(keys, iv, blocks_mut(data)?);
        Ok(())
    }

    /// [`cbc_mac`] on this path.
    ///
    /// # Errors
    /// [`LengthError::Empty`] and [`LengthError::PartialBlock`].
    #[inline]
    pub fn cbc_mac(self, keys: &RoundKeys, data: &[u8]) -> Result<Block, LengthError> {
        Ok(self.0.cbc_mac(keys, mac_blocks(data)?))
    }

    /// [`cmac`] on this path.
    #[must_use]
    pub fn cmac(self, keys: &RoundKeys, data: &[u8]) -> Block {
        let (body, last) = cmac_block::split(data);
        let mut tag = self.0.cbc_mac(keys, body);
        cmac_block::add_last(&mut tag, last, &keys.cmac);
        self.0.encrypt(keys, std::slice::from_mut(&mut tag));
        tag
    }

    /// [`ecb_encrypt`] on this path.
    ///
    /// # Errors
    /// [`LengthError::PartialBlock`]; `data` is then unchanged.
    #[inline]
    pub fn ecb_encrypt(self, keys: &RoundKeys, data: &mut [u8]) -> Result<(), LengthError> {
        self.0.encrypt(keys, blocks_mut(data)?);
        Ok(())
    }

    /// [`ecb_decrypt`] on this path.
    ///
    /// # Errors
    /// [`LengthError::PartialBlock`]; `data` is then unchanged.
    #[inline]
    pub fn ecb_decrypt(self, keys: &RoundKeys, data: &mut [u8]) -> Result<(), LengthError> {
        self.0.decrypt(keys, blocks_mut(data)?);
        Ok(())
    }

    /// [`ctr`] on this path.
    pub fn ctr(self, keys: &RoundKeys, counter: &Block, data: &mut [u8]) {
        let mut next = u128::from_be_bytes(*counter);
        let mut stream = [[0; BLOCK]; CTR_BLOCKS];
        for chunk in data.chunks_mut(CTR_BLOCKS * BLOCK) {
            let used = &mut stream[..chunk.len().div_ceil(BLOCK)];
            for block in used.iter_mut() {
                *block = next.to_be_bytes();
                next = next.wrapping_add(1);
            }
            self.0.encrypt(keys, used);
            for (out, byte) in chunk.iter_mut().zip(used.as_flattened()) {
                *out ^= byte;
            }
        }
        // The key stream left over is as good as the data it would have hidden.
        let used = data.len().div_ceil(BLOCK).min(CTR_BLOCKS);
        stream[..used].fill([0; BLOCK]);
        optimization_barrier(&stream);
    }
}

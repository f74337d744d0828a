//! MGF1: RFC 8017, B.2.1.

use aws_lc_rs::digest;
use typex_core::op::rsa::RsaHash;

/// Adds the mask that `seed` gives to `out`.
pub(super) fn mask(hash: RsaHash, seed: &[u8], out: &mut [u8]) {
    let algorithm = super::algorithm(hash);
    for (counter, chunk) in (0_u32..).zip(out.chunks_mut(algorithm.output_len())) {
        let mut context = digest::Context::new(algorithm);
        context.update(seed);
        context.update(&counter.to_be_bytes());
        let digest = context.finish();
        chunk.iter_mut().zip(digest.as_ref()).for_each(|(byte, mask)| *byte ^= mask);
    }
}

//! Triple DES in lanes, against the `des` crate message by message. Against OpenSSL, which is
//! faster than that crate, it is measured by `bench/peers`.

use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use des::TdesEde2;
use typex_kernels::tdes::{Block, CbcJob, MacJob, Padding, Path, TdesKey};

use crate::Failure;
use crate::batch::{COUNT, keys, messages, row, side, throughput};
use crate::cpu::Bench;

fn own_keys() -> Result<Vec<TdesKey>, Failure> {
    Ok(keys::<16>().iter().map(|key| TdesKey::new(key)).collect::<Result<_, _>>()?)
}

fn jobs<'a>(keys: &'a [TdesKey], messages: &'a mut [Vec<u8>]) -> Vec<CbcJob<'a>> {
    let both = keys.iter().zip(messages);
    both.map(|(key, data)| CbcJob::new(key, [0; 8], data).expect("whole blocks")).collect()
}

/// A batch in lanes of every path; `lanes` is the fastest one.
pub(crate) fn cbc_encrypt(bench: &mut Bench) -> Result<(), Failure> {
    let (keys, peers) = (own_keys()?, keys::<16>());
    let peer = |messages: &mut Vec<Vec<u8>>| {
        for (key, message) in peers.iter().zip(messages) {
            let (cipher, bytes) =
                (cbc::Encryptor::<TdesEde2>::new(key.into(), &[0; 8].into()), message.len());
            cipher.encrypt_padded::<NoPadding>(message, bytes).expect("whole blocks");
        }
    };
    let mut group = bench.benchmark_group("tdes_cbc_encrypt");
    for bytes in [64, 256] {
        group.throughput(throughput(bytes));
        let on = |path: Path| {
            let keys = &keys;
            move |data: &mut Vec<Vec<u8>>| path.cbc_encrypt_lanes(&mut jobs(keys, data))
        };
        let mut sides = vec![side("lanes", on(Path::detect())), side("des", peer)];
        for path in &Path::available()[1..] {
            sides.push(side(path.name(), on(*path)));
        }
        row(&mut group, bytes, &messages(bytes), sides)?;
    }
    group.finish();
    Ok(())
}

/// A lane for every block.
pub(crate) fn cbc_decrypt(bench: &mut Bench) -> Result<(), Failure> {
    let (keys, peers) = (own_keys()?, keys::<16>());
    let peer = |messages: &mut Vec<Vec<u8>>| {
        for (key, message) in peers.iter().zip(messages) {
            let cipher = cbc::Decryptor::<TdesEde2>::new(key.into(), &[0; 8].into());
            cipher.decrypt_padded::<NoPadding>(message).expect("whole blocks");
        }
    };
    let lanes = |data: &mut Vec<Vec<u8>>| {
        typex_kernels::tdes::cbc_decrypt_lanes(&mut jobs(&keys, data));
    };
    let mut group = bench.benchmark_group("tdes_cbc_decrypt");
    group.throughput(throughput(256));
    row(&mut group, 256, &messages(256), vec![side("lanes", lanes), side("des", peer)])?;
    group.finish();
    Ok(())
}

/// Single DES over the body and triple DES over the last block: of payments.
pub(crate) fn retail_mac(bench: &mut Bench) -> Result<(), Failure> {
    let keys = own_keys()?;
    let lanes = |(messages, tags): &mut (Vec<Vec<u8>>, Vec<Block>)| {
        let jobs = keys.iter().zip(&*messages);
        let jobs = jobs.map(|(key, message)| MacJob::retail(key, Padding::Zeros, message));
        let mut jobs: Vec<_> = jobs.collect();
        typex_kernels::tdes::mac_lanes(&mut jobs);
        jobs.iter().zip(tags).for_each(|(job, tag)| *tag = job.tag());
    };
    let alone = |(messages, tags): &mut (Vec<Vec<u8>>, Vec<Block>)| {
        for ((key, message), tag) in keys.iter().zip(messages).zip(tags) {
            *tag = typex_kernels::tdes::retail_mac(key, Padding::Zeros, message);
        }
    };
    let mut group = bench.benchmark_group("tdes_retail_mac");
    group.throughput(throughput(64));
    let data = (messages(64), vec![[0; 8]; COUNT]);
    row(&mut group, 64, &data, vec![side("lanes", lanes), side("alone", alone)])?;
    group.finish();
    Ok(())
}

//! Key blocks that are written.

use typex_engine::payment::key_block::{
    self, Contents, Exportability, Fill, Form, Header, KeyAlgorithm, ModeOfUse, Usage, Version,
    Writing,
};
use typex_engine::payment::lanes::Lanes;
use typex_engine::payment::{Error, Key};

use crate::Secrets;
use crate::perform::cipher_of;
use crate::random::Random;

/// Bytes of a text that fills optional blocks up.
const TEXT: usize = 20;

/// What fills a block up: random, and nobody's secret.
pub(crate) fn fill(version: Version, random: &mut Random) -> Vec<u8> {
    let bytes = key_block::fill_bytes(version, KeyAlgorithm::Tdes, 16, Form::Long);
    random.bytes(bytes + TEXT)
}

/// A block of the second key under the first.
pub(crate) async fn write(
    lanes: &Lanes,
    secrets: &Secrets,
    version: Version,
    fill: &[u8],
) -> Result<String, Error> {
    let key = Key::new(cipher_of(version), &secrets.key)?;
    let header = Header {
        version,
        usage: Usage::DATA,
        algorithm: KeyAlgorithm::Tdes,
        mode: ModeOfUse::Both,
        key_version: *b"00",
        exportability: Exportability::Trusted,
        context: 0,
    };
    let (padding, text) = fill.split_at(fill.len() - TEXT);
    let fill = Fill { key: padding, text };
    let contents = Contents { header: &header, blocks: &[], key: &secrets.second };
    let writing = Writing { allows_stronger: true, allows_legacy: true, ..Writing::default() };
    key_block::write(lanes, &key, contents, &fill, writing).await
}

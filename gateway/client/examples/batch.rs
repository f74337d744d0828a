//! Checks sealed messages of an Enigma Bridge object:
//! `batch ADDRESS CERTIFICATE CARRIER MESSAGE...`, messages in hexadecimal digits.

use std::error::Error;
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use typex_client::{Carrier, Key, KeyName, Options, Pool, PoolOptions, Record};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, address, certificate, carrier, messages @ ..] = &arguments[..] else {
        return Err("usage: batch ADDRESS CERTIFICATE quic|http2|http1 MESSAGE...".into());
    };
    let options = Options::new(address.parse()?, "localhost", trusted(certificate.as_ref())?);
    let options = options.over(match carrier.as_str() {
        "quic" => Carrier::Quic,
        "http2" => Carrier::Http2,
        "http1" => Carrier::Http1,
        other => return Err(format!("{other} carries no frames").into()),
    });

    // A stream by itself: a batch, and another one before the first is answered.
    let messages: Vec<_> = messages.iter().map(const_hex::decode).collect::<Result<_, _>>()?;
    let client = typex_client::Client::connect(&options).await?;
    let stream = client.stream().await?;
    let handle = stream.open("TEST_API", KeyName::Object(0xee01)).await?;
    let records: Vec<_> = (0..).zip(&messages).map(|(id, data)| record(id, handle, data)).collect();
    let first = stream.send(&records, None).await?;
    let second = stream.send(&records, None).await?;
    for outcome in first.outcomes().await?.into_iter().chain(second.outcomes().await?) {
        println!("{} {} {}", outcome.id, outcome.status.name(), const_hex::encode(outcome.data));
    }
    stream.close(handle).await?;
    client.close().await;

    // A pool: what fails is tried again. Handles are the places of the keys in the list.
    let keys = vec![Key::new("TEST_API", KeyName::Object(0xee01))];
    let pool = Pool::connect(&options, &PoolOptions::default(), keys).await?;
    for outcome in pool.batch(&records, None).await? {
        println!("{} {}", outcome.id, outcome.status.name());
    }
    Ok(())
}

fn record(id: u32, handle: u32, data: &[u8]) -> Record<'_> {
    Record { id, operation: 0x0001, handle, parameters: b"", data }
}

/// The certificates of a file.
fn trusted(file: &Path) -> Result<RootCertStore, Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file)? {
        roots.add(certificate?)?;
    }
    Ok(roots)
}

//! A server in this process, whose allocations are counted for whoever asks: `typex bench check`,
//! which is its client, so that nothing but the server is counted.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::{Value, json};
use typex_echo::{Options, Protocol};
use typex_server::config::Config;
use typex_server::serve::serve;

use crate::process::wait_ready;
use crate::{Failure, allocations};

/// `count SERVER ANSWER_BYTES FOLDER`: serves as the gateway or, on the gateway's libraries, as a
/// bare server with answers of so many bytes; says in FOLDER/ready.json where. For each line of
/// standard input it prints how often the process allocated, and it ends with it.
pub(crate) fn serve_counted(arguments: &[String]) -> Result<(), Failure> {
    let [server, answer_bytes, folder] = arguments else {
        return Err("count SERVER ANSWER_BYTES FOLDER".into());
    };
    let folder = Path::new(folder);
    let (listeners, certificate) = match server.as_str() {
        "gateway" => gateway(folder)?,
        protocol => bare(protocol, answer_bytes.parse()?, folder)?,
    };
    let ready = json!({ "listeners": listeners, "certificate": certificate });
    std::fs::write(folder.join("ready.json"), ready.to_string())?;
    for line in std::io::stdin().lock().lines() {
        line?;
        println!("allocations {}", allocations());
    }
    // The threads of the server end with the process.
    std::process::exit(0);
}

/// Where what listens, by `DIALECT.LISTENER`, and the certificate to trust.
type Started = (BTreeMap<String, SocketAddr>, PathBuf);

/// The whole gateway on one core and free ports.
fn gateway(folder: &Path) -> Result<Started, Failure> {
    let mut config = Config::default();
    config.engine.cores = 1;
    config.listen.operator_port = 0;
    let ports = config.listen.ports.values_mut().flat_map(|ports| ports.values_mut());
    ports.for_each(|port| *port = 0);
    let (data, file) = (folder.join("data"), folder.join("gateway.json"));
    let certificate = data.join("tls").join("development.crt.pem");
    let ready_file = file.clone();
    let thread = std::thread::spawn(move || serve(&data, &config, Some(&ready_file)));
    let ready = wait_ready(&file, || Ok(!thread.is_finished()))?;
    let pair = |one: &Value| {
        let name = format!("{}.{}", one["dialect"].as_str()?, one["listener"].as_str()?);
        Some((name, one["address"].as_str()?.parse().ok()?))
    };
    let listeners = ready["listeners"].as_array().ok_or("no listeners")?;
    Ok((listeners.iter().filter_map(pair).collect(), certificate))
}

fn bare(protocol: &str, answer_bytes: usize, folder: &Path) -> Result<Started, Failure> {
    let started = typex_echo::start(&Options {
        protocol: Protocol::from_str(protocol, false)?,
        address: ([127, 0, 0, 1], 0).into(),
        answer_bytes: Some(answer_bytes),
        cores: std::num::NonZeroUsize::MIN,
    })?;
    let certificate = folder.join("echo.pem");
    std::fs::write(&certificate, started.certificate)?;
    Ok((BTreeMap::from([(String::new(), started.address)]), certificate))
}

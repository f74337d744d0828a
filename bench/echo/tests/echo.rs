//! What the bare servers say, and that they end with their standard input.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use typex_client::{Client, KeyName, Options, Record, Status};

/// A server of this test's own.
struct Echo {
    child: Child,
    address: SocketAddr,
}

impl Echo {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_typex-echo"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let address = line.trim().parse().expect("an address");
        Self { child, address }
    }

    /// Takes its standard input away.
    fn end(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().expect("its status").success());
    }
}

fn ask(address: SocketAddr) -> String {
    let mut tcp = TcpStream::connect(address).expect("a connection");
    tcp.write_all(
        b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 4\r\n\r\nabcd",
    )
    .expect("sent");
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn bodies_come_back_or_have_the_length_that_is_asked_for() {
    let echo = Echo::start(&["h1", "--cores", "2"]);
    assert!(ask(echo.address).ends_with("\r\n\r\nabcd"));
    echo.end();
    let echo = Echo::start(&["h1", "--answer-bytes", "7"]);
    assert!(ask(echo.address).ends_with("\r\n\r\n       "));
    echo.end();
}

#[tokio::test]
async fn records_come_back_as_answers() {
    let dir = tempfile::tempdir().unwrap();
    let certificate = dir.path().join("echo.pem");
    let echo = Echo::start(&["frames", "--certificate", certificate.to_str().unwrap()]);
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&certificate).unwrap()).unwrap();
    let client = Client::connect(&Options::new(echo.address, "localhost", roots)).await.unwrap();
    let stream = client.stream().await.unwrap();
    let handle = stream.open("any", KeyName::Object(1)).await.unwrap();
    let data = vec![7; 20_000];
    let records: Vec<Record<'_>> = (0..100)
        .map(|id| Record { id, operation: 7, handle, parameters: b"ab", data: &data })
        .collect();
    let outcomes = stream.batch(&records, None).await.unwrap();
    assert_eq!(outcomes.len(), records.len());
    for (outcome, id) in outcomes.iter().zip(0..) {
        assert_eq!((outcome.id, outcome.status), (id, Status::Done));
        assert_eq!((&outcome.parameters[..], &outcome.data[..]), (&b"ab"[..], &data[..]));
    }
    client.close().await;
    echo.end();
}

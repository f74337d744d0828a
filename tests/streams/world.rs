//! The list of cases, and the gateways that they need.

use std::path::PathBuf;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value as Json, json};
use toml::{Table, Value};
use typex_client::{Carrier, Client, Credential, Options, Record, Stream};

use crate::harness::{Access, Gateway, Instance, command, root};

/// The carriers, and what the list calls them.
pub(super) const CARRIERS: [(&str, Carrier); 3] =
    [("quic", Carrier::Quic), ("http2", Carrier::Http2), ("http1", Carrier::Http1)];

/// ProcessData of an Enigma Bridge object.
const PROCESS_DATA: u16 = 1;

/// `tests/clients/stream/list.toml`.
pub(super) struct List {
    pub(super) aes: Vec<u8>,
    pub(super) answer: Vec<u8>,
    pub(super) rsa: Vec<u8>,
    pub(super) cases: Vec<Case>,
}

/// A case of it.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) gateway: String,
    expect: Value,
}

impl List {
    pub(super) fn read() -> Self {
        let text = std::fs::read_to_string(root().join("tests/clients/stream/list.toml"));
        let table: Table = text.expect("the list").parse().expect("TOML");
        let bytes = |table: &Table, message: &str, member: &str| {
            const_hex::decode(table[message][member].as_str().expect("a text")).expect("hex")
        };
        let cases = table["case"].as_array().expect("cases").iter().map(Case::read).collect();
        let aes = bytes(&table, "aes", "sealed");
        Self {
            aes,
            answer: bytes(&table, "aes", "answer"),
            rsa: bytes(&table, "rsa", "sealed"),
            cases,
        }
    }
}

impl Case {
    fn read(case: &Value) -> Self {
        let text = |member: &str| case.get(member).map(|text| text.as_str().expect("a text"));
        assert!(text("what").is_some_and(|what| !what.is_empty()), "a case says what it is");
        Self {
            name: text("name").expect("a name").to_owned(),
            gateway: text("gateway").unwrap_or("shared").to_owned(),
            expect: case["expect"].clone(),
        }
    }

    /// What is expected over a carrier.
    pub(super) fn expected(&self, carrier: &str) -> &str {
        let expected = self.expect.get(carrier).unwrap_or(&self.expect);
        expected.as_str().expect("words")
    }
}

/// The gateways that cases share.
pub(super) struct Gateways {
    shared: Gateway,
    small: Gateway,
    payments: Payments,
    instance: Instance,
}

/// An access key of the shared gateway, and payment keys of its partition.
pub(super) struct Payments {
    access: Access,
    pub(super) mac: [u8; 16],
    /// From this key data may go to the next.
    pub(super) from: [u8; 16],
    pub(super) to: [u8; 16],
}

impl Payments {
    fn new(gateway: &Gateway) -> Self {
        let access = Access::create(gateway, "new", &[]);
        let data = "TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY";
        let both = ["Encrypt", "Decrypt", "Wrap", "Unwrap"];
        let mac = access.new_key("TR31_M6_ISO_9797_5_CMAC_KEY", "AES_128", &["Generate", "Verify"]);
        let [from, to] = [(); 2].map(|()| access.new_key(data, "AES_128", &both));
        let pair = ["payments", "pair", "grant", "--passage", "data"];
        let ends = ["--partition", &access.partition, "--incoming", &from, "--outgoing", &to];
        gateway.typex(&[&pair[..], &ends].concat()).succeeds();
        let [mac, from, to] =
            [mac, from, to].map(|id| const_hex::decode_to_array(id).expect("an identity"));
        Self { access, mac, from, to }
    }

    pub(super) fn credential(&self) -> Credential<'_> {
        Credential::AccessKey { id: &self.access.id, secret: &self.access.secret }
    }

    /// The same with another secret.
    pub(super) fn wrong(&self) -> Credential<'_> {
        Credential::AccessKey {
            id: &self.access.id,
            secret: "0123456789012345678901234567890123456789",
        }
    }
}

impl Gateways {
    pub(super) fn start() -> Self {
        let small = Gateway::start_with(&[("TYPEX_ENGINE_RSA_OUTSTANDING_US", "1000")]);
        let shared = Gateway::start(&[]);
        let (payments, instance) = (Payments::new(&shared), Instance::claim(&shared));
        Self { payments, instance, shared, small }
    }

    pub(super) fn of(&self, name: &str) -> &Gateway {
        match name {
            "shared" => &self.shared,
            "small" => &self.small,
            other => panic!("{other} is no gateway"),
        }
    }

    /// All that another process needs to know of them.
    pub(super) fn json(&self) -> Json {
        let typex = command(self.shared.data());
        let typex = typex.get_program().to_str().expect("a path in UTF-8");
        json!({
            "typex": typex,
            "shared": described(&self.shared),
            "small": described(&self.small),
            "payments": {
                "id": self.payments.access.id,
                "secret": self.payments.access.secret,
                "mac": const_hex::encode(self.payments.mac),
                "from": const_hex::encode(self.payments.from),
                "to": const_hex::encode(self.payments.to),
            },
            "instance": { "name": self.instance.name(), "keys": self.instance.told() },
        })
    }

    pub(super) fn stop(self) {
        self.shared.stop();
        self.small.stop();
    }
}

fn described(gateway: &Gateway) -> Json {
    json!({ "port": gateway.address("frames/typex/1").port(), "data": gateway.data() })
}

/// The development certificate.
pub(super) fn certificate(gateway: &Gateway) -> PathBuf {
    gateway.data().join("tls").join("development.crt.pem")
}

/// What a case runs in.
pub(super) struct World<'a> {
    pub(super) list: &'a List,
    pub(super) gateway: &'a Gateway,
    pub(super) payments: &'a Payments,
    pub(super) instance: &'a Instance,
    pub(super) options: Options,
}

impl<'a> World<'a> {
    pub(super) fn new(
        list: &'a List,
        gateway: &'a Gateway,
        gateways: &'a Gateways,
        carrier: Carrier,
    ) -> Self {
        let mut roots = RootCertStore::empty();
        for one in CertificateDer::pem_file_iter(certificate(gateway)).expect("a file") {
            roots.add(one.expect("a certificate")).expect("a certificate");
        }
        let address = gateway.address("frames/typex/1");
        let options = Options::new(address, "localhost", roots).over(carrier);
        let Gateways { payments, instance, .. } = gateways;
        Self { list, gateway, payments, instance, options }
    }

    /// The token for a key of the instance.
    pub(super) fn token(&self, key: &str) -> Credential<'a> {
        Credential::Token { token: self.instance.token(key), instance: self.instance.name() }
    }

    /// A stream of a client of its own.
    pub(super) async fn stream(&self) -> (Client, Stream) {
        let client = Client::connect(&self.options).await.expect("it listens");
        let stream = client.stream().await.expect("a stream");
        (client, stream)
    }

    /// The worked example as a record.
    pub(super) fn record(&self, id: u32, handle: u32) -> Record<'a> {
        let data = &self.list.aes;
        Record { id, operation: PROCESS_DATA, handle, parameters: b"", data }
    }

    pub(super) fn rsa(&self, id: u32, handle: u32) -> Record<'a> {
        Record { data: &self.list.rsa, ..self.record(id, handle) }
    }

    /// So many of the same, with ids from 0.
    pub(super) fn records(&self, count: u32, handle: u32) -> Vec<Record<'a>> {
        (0..count).map(|id| self.record(id, handle)).collect()
    }
}

//! Every operation, well-formed and in its failing variants, with secrets that are searched for.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{
    Connection, Gateway, Hotp, Object, Ran, Random, Search, Template, create_aes, status,
};

/// What was sent, and what came back.
pub(super) struct Traffic {
    random: Random,
    pub(super) search: Search,
    names: usize,
}

impl Traffic {
    pub(super) fn new(random: Random) -> Self {
        Self { random, search: Search::new(), names: 0 }
    }

    /// What must not be found anywhere.
    pub(super) fn search(self) -> Search {
        self.search
    }

    /// Every operation. All connections are closed afterwards.
    pub(super) fn run(&mut self, gateway: &Gateway) {
        let mut process = Connection::open(gateway.address("process/http"));
        for (object, bytes) in data_objects() {
            self.process_data(&mut process, &object, bytes);
        }
        self.user_authentication(&mut process);
        self.misplaced(&mut process);
        let made = self.enrolment(gateway, &mut process);
        let imported = self.imported_rsa(gateway, &mut process);
        self.tcp_lines(gateway);
        self.registration(gateway);
        self.tokens(gateway);
        destroy(gateway, imported.id);
        destroy(gateway, made.id);
        let body = json!({ "data": made.seal([1; 8], &[2; 16]) }).to_string();
        assert_eq!(status(&process.post(&made.path([1; 8]), &body)), "4081");
    }

    /// New bytes that must not be found.
    fn secret<const N: usize>(&mut self, name: &str) -> [u8; N] {
        let bytes = self.random.bytes();
        self.look_for(name, &bytes);
        bytes
    }

    /// So many random digits, in ASCII.
    pub(super) fn digits(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| b'0' + (self.random.next() % 10) as u8).collect()
    }

    /// Nothing that is looked for so far is in a text.
    #[track_caller]
    pub(super) fn look_at(&self, place: &str, text: &str) {
        assert_eq!(self.search.bytes(place, text.as_bytes()), []);
    }

    pub(super) fn look_for(&mut self, name: &str, bytes: &[u8]) {
        self.names += 1;
        self.search.add(&format!("{name} ({})", self.names), bytes);
    }

    /// Data and results of one object; then requests that fail, each with data of its own.
    fn process_data(&mut self, process: &mut Connection, object: &Object, bytes: usize) {
        let name = format!("data of {:x}", object.id);
        let data = self.data(&name, bytes);
        let answer = self.ask(process, object, &object.seal([1; 8], &data), "9000");
        let (_, result) = object.open(answer["result"].as_str().expect("text")).expect("sound");
        self.look_for(&format!("result of {:x}", object.id), &result);

        let data = self.data(&name, bytes);
        let mut wrong = object.clone();
        wrong.mac[0] ^= 1;
        self.ask(process, object, &wrong.seal([1; 8], &data), "a0a1");
        let data = self.data(&name, bytes);
        let mut wrong = object.clone();
        wrong.id ^= 1;
        self.ask(process, object, &wrong.seal([1; 8], &data), "a0a1");
        let data = self.data(&name, bytes);
        self.ask(
            process,
            &Object { id: 0xffff, ..object.clone() },
            &object.seal([1; 8], &data),
            "8034",
        );
        let data = self.data(&name, bytes + 9);
        let answer = self.post(process, object, &object.seal([1; 8], &data));
        assert!(["6f00", "8032"].contains(&status(&answer)), "{answer}");
        let data = self.data(&name, bytes);
        let cut = object.seal([1; 8], &data);
        self.ask(process, object, &cut[..cut.len() - 2], "8049");
    }

    /// The first byte is 0, so that it is below any modulus; for random data it is a length.
    fn data(&mut self, name: &str, bytes: usize) -> Vec<u8> {
        if bytes == 2 {
            return vec![0, 64];
        }
        let mut data: Vec<u8> = vec![0; bytes];
        data[1..].iter_mut().for_each(|byte| *byte = self.random.bytes::<1>()[0]);
        self.look_for(name, &data[bytes % 8..]);
        data
    }

    fn ask(
        &mut self,
        process: &mut Connection,
        object: &Object,
        data: &str,
        expected: &str,
    ) -> Value {
        let answer = self.post(process, object, data);
        assert_eq!(status(&answer), expected, "{:x}: {answer}", object.id);
        answer
    }

    fn post(&mut self, process: &mut Connection, object: &Object, data: &str) -> Value {
        process.post(&object.path([1; 8]), &json!({ "data": data }).to_string())
    }

    /// Contexts with a password and with codes, right and wrong.
    fn user_authentication(&mut self, process: &mut Connection) {
        let mut hotp = Hotp::create(process, &mut self.random).expect("running");
        self.look_for("HOTP key", hotp.key());
        hotp.authenticate(process, &mut self.random).expect("running");
        assert_eq!(hotp.attempt(process, 500, &mut self.random), Some(0xa0b0));
        let password: [u8; 32] = self.secret("password hash");
        let method = [&[0, 3, 32][..], &password].concat();
        let user = [0, 0, 0, 0, 0, 0, 0, 2];
        let clear = [&[1][..], &user, &[0, 0, 0, 0, 0, 4], &tlv(0x40, &method)].concat();
        let placeholder: [u8; 80] = self.secret("placeholder");
        let data = [tlv(0xa3, &placeholder), tlv(0xa8, &clear)].concat();
        let (context, inner) = self.user_call(process, 0x8855, &data, 0xa3);
        assert_eq!(inner, 0x9000);
        let wrong: [u8; 32] = self.secret("wrong password hash");
        let (context, inner) = self.password(process, 0x5599, &context, (0xa4, &user, &wrong));
        assert_eq!(inner, 0xa065);
        let (context, inner) = self.password(process, 0x5599, &context, (0xa4, &user, &password));
        assert_eq!(inner, 0x9000);
        let new: [u8; 32] = self.secret("new password hash");
        let change = tlv(0x40, &new);
        let (context, inner) = self.password(process, 0x55aa, &context, (0xa7, &user, &change));
        assert_eq!(inner, 0x9000);
        let (_, inner) = self.password(process, 0x5599, &context, (0xa4, &user, &new));
        assert_eq!(inner, 0x9000);
        let broken: [u8; 40] = self.secret("broken context");
        let object = Object::demo_b(0x5599);
        self.ask(process, &object, &object.seal([1; 8], &broken), "804c");
        let forged = [tlv(0xa3, &broken), tlv(0xa4, &[&user[..], &new].concat())].concat();
        self.ask(process, &object, &object.seal([1; 8], &forged), "a0b6");
    }

    fn password(
        &mut self,
        process: &mut Connection,
        object: u32,
        context: &[u8],
        (tag, user, value): (u8, &[u8; 8], &[u8]),
    ) -> (Vec<u8>, u16) {
        let request = tlv(tag, &[&user[..], value].concat());
        self.user_call(process, object, &[tlv(0xa3, context), request].concat(), 0xa3)
    }

    /// The context and the inner status of the answer.
    fn user_call(
        &mut self,
        process: &mut Connection,
        object: u32,
        data: &[u8],
        tag: u8,
    ) -> (Vec<u8>, u16) {
        let object = Object::demo_b(object);
        let sealed = object.seal(self.random.bytes(), data);
        let answer = self.ask(process, &object, &sealed, "9000");
        let (_, result) = object.open(answer["result"].as_str().expect("text")).expect("sound");
        assert_eq!(result[0], tag);
        let len = usize::from(u16::from_be_bytes([result[1], result[2]]));
        let inner = result.last_chunk().copied().map(u16::from_be_bytes).expect("a status");
        (result[3..3 + len].to_vec(), inner)
    }

    /// Secrets where a client should not put them: as API key, in the path, as body.
    fn misplaced(&mut self, process: &mut Connection) {
        let mut hex = |name| const_hex::encode(self.secret::<32>(name));
        let path = format!("/1.0/{}000000ee01/ProcessData/0102030405060708", hex("API key"));
        assert_eq!(status(&process.post(&path, "{\"data\":\"00\"}")), "8049");
        let path = format!("/1.0/{}000000ee01/GetImportPublicKey/01/{{}}", hex("API key"));
        assert_eq!(status(&process.get(&path)), "8068");
        let path = format!("/1.0/TEST_API000000ee01/ProcessData/01/{}", hex("path"));
        assert_eq!(status(&process.get(&path)), "8049");
        let path = Object::demo_a(0xee01).path([1; 8]);
        for body in [hex("body"), format!("{{\"data\":\"{}", hex("half a body"))] {
            assert_ne!(status(&process.post(&path, &body)), "9000");
        }
        let data = format!("{{\"data\":\"{}{}\"}}", hex("sealed part"), hex("sealed part"));
        assert_ne!(status(&process.post(&path, &data)), "9000");
    }

    /// A key of the client's own, and objects that are refused. Its application key is to be
    /// destroyed, so it is searched for; so are the transport keys.
    fn enrolment(&mut self, gateway: &Gateway, process: &mut Connection) -> Object {
        let mut enrol = Connection::open(gateway.address("enrol/http"));
        let app: [u8; 16] = self.secret("application key");
        let made = create_aes(&mut enrol, "TEST_API", &mut self.random, &app).expect("running");
        self.look_for("channel key", &made.enc);
        self.look_for("channel MAC key", &made.mac);
        self.process_data(process, &made, 16);
        let mut template = Template::open(&mut enrol, "TEST_API", "300004").expect("running");
        let keys: [u8; 64] = self.secret("channel keys of a refused object");
        let (enc, mac) = keys.split_at(32);
        let app: [u8; 16] = self.secret("application key of a refused object");
        let half = |half: &[u8]| half.try_into().expect("32 bytes");
        template.fill(&half(enc), &half(mac), Some(&app));
        let sealed = template.seal(&mut self.random);
        for at in [10, sealed.len() - 1] {
            let mut object = sealed.clone();
            object[at] ^= 1;
            let answer = enrol.post(CREATE, &template.body(&object));
            assert_eq!(status(&answer), "a0a1", "{answer}");
        }
        template.fill(&half(enc), &half(enc), Some(&app));
        let object = template.seal(&mut self.random);
        assert_eq!(status(&enrol.post(CREATE, &template.body(&object))), "8097");
        let clear: [u8; 48] = self.secret("object in clear");
        assert_ne!(status(&enrol.post(CREATE, &template.body(&clear))), "9000");
        made
    }

    /// An RSA key that the client brings in, used and then destroyed; and parts that are no key.
    fn imported_rsa(&mut self, gateway: &Gateway, process: &mut Connection) -> Object {
        let mut enrol = Connection::open(gateway.address("enrol/http"));
        let mut template = Template::open(&mut enrol, "TEST_API", "300005").expect("running");
        let (enc, mac) = (self.secret("channel key"), self.secret("channel MAC key"));
        let mut app = Vec::new();
        for part in RSA_PARTS {
            let part = const_hex::decode(part).expect("hex");
            self.look_for("part of an RSA key", &part);
            app.extend(u16::try_from(part.len()).expect("short").to_be_bytes());
            app.extend(part);
        }
        let mut broken = app.clone();
        broken[70] ^= 1;
        template.fill(&enc, &mac, Some(&broken));
        let object = template.seal(&mut self.random);
        let answer = enrol.post(CREATE, &template.body(&object));
        assert_eq!(status(&answer), "8096", "{answer}");
        template.fill(&enc, &mac, Some(&app));
        let object = template.seal(&mut self.random);
        let answer = enrol.post(CREATE, &template.body(&object));
        assert_eq!(status(&answer), "9000", "{answer}");
        let id = u32::from_str_radix(&template.object_id, 16).expect("8 hex digits");
        let made = Object { api_key: "TEST_API", id, enc, mac };
        self.process_data(process, &made, 128);
        made
    }

    /// The same operation over a TCP line, right and wrong.
    fn tcp_lines(&mut self, gateway: &Gateway) {
        let object = Object::demo_a(0xee01);
        for (flip, expected) in [(0, "9000"), (1, "a0a1")] {
            let data = self.data("data of a line", 16);
            let mut sender = object.clone();
            sender.mac[0] ^= flip;
            let line = json!({ "function": "ProcessData", "version": "1.0",
                "objectid": "TEST_API000000ee01", "nonce": "0101010101010101",
                "data": sender.seal([1; 8], &data) });
            let mut stream = TcpStream::connect(gateway.address("process-tcp/tcp"))
                .expect("the listener accepts");
            stream.write_all(format!("{line}\n\n").as_bytes()).expect("writable");
            let mut text = String::new();
            stream.read_to_string(&mut text).expect("an answer, then the end");
            let answer: Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(status(&answer), expected);
        }
    }

    /// Accounts, passwords, API keys, right and wrong.
    fn registration(&mut self, gateway: &Gateway) {
        let mut register = Connection::open(gateway.address("register/http"));
        let token = self.text("registration token");
        let client = json!({ "name": "searched", "authentication": "type", "type": "test",
            "token": token });
        let made = ask_client(&mut register, "create", client, json!(null));
        assert_eq!(made["status"], 0x9000, "{made}");
        let username = made["response"]["username"].clone();
        let password = made["response"]["password"].as_str().expect("text").to_owned();
        self.look_for("password", password.as_bytes());
        let wrong = self.text("wrong password");
        let login = |password: &str| json!({ "authentication": "password", "username": username, "password": password });
        let refused = ask_client(&mut register, "addapi", login(&wrong), json!(null));
        assert_eq!(refused["status"], 0x8069, "{refused}");
        let added = ask_client(&mut register, "addapi", login(&password), json!(null));
        assert_eq!(added["status"], 0x9000, "{added}");
        let api_key = added["response"]["apikey"].as_str().expect("text").to_owned();
        self.look_for("API key of a client that was revoked", api_key.as_bytes());
        let apidata = json!({ "username": username, "apikey": api_key });
        let shown = ask_client(&mut register, "showapi", login(&password), apidata.clone());
        assert_eq!(shown["status"], 0x9000, "{shown}");
        let mut report = request("installstatus", json!(null), apidata);
        report["statusdata"] = json!({ "password": self.text("installed password"),
            "key": self.text("installed key"), "status": 36864 });
        let reported = register.post("/api/v1/apikey", &report.to_string());
        assert_eq!(reported["status"], 0x9000, "{reported}");
        self.refused_registration(&mut register, &username);
        let path = format!("/1.0/{api_key}0000000001/GetImportPublicKey/0102030405060708");
        let mut process = Connection::open(gateway.address("process/http"));
        assert_eq!(status(&process.post(&path, "{}")), "9000");
        by_curl(gateway, &path);
        revoke(gateway, "searched");
        assert_eq!(status(&process.post(&path, "{}")), "8068");
    }

    /// Passwords in messages that are no requests.
    fn refused_registration(&mut self, register: &mut Connection, username: &Value) {
        let text = self.text("password in broken JSON");
        let broken = format!("{{\"function\":\"addapi\",\"client\":{{\"password\":\"{text}\"");
        assert_ne!(register.post("/api/v1/client", &broken)["status"], 0x9000);
        let text = self.text("password of an unknown client");
        let client = json!({ "authentication": "password",
            "username": "00000000-0000-4000-8000-000000000000", "password": text });
        assert_eq!(ask_client(register, "addapi", client, json!(null))["status"], 0x8069);
        let text = self.text("password of an unknown function");
        let client = json!({ "username": username, "password": text });
        assert_eq!(
            ask_client(register, text_of(&client), client.clone(), json!(null))["status"],
            0x8001
        );
        let text = self.text("password in a list");
        let client = json!({ "authentication": "password", "username": username,
            "password": [text] });
        assert_ne!(ask_client(register, "addapi", client, json!(null))["status"], 0x9000);
        let text = self.text("unknown API key");
        let apidata = json!({ "username": username, "apikey": text });
        let body = request("listops", json!(null), apidata).to_string();
        assert_eq!(register.post("/api/v1/apikey", &body)["status"], 0x8068);
    }

    /// A new text that must not be found.
    fn text(&mut self, name: &str) -> String {
        let text = const_hex::encode(self.random.bytes::<16>());
        self.look_for(name, text.as_bytes());
        text
    }
}

/// dP, dQ, p, q, qInv of an RSA-1024 key that is used nowhere else.
const RSA_PARTS: [&str; 5] = [
    "cb6c83b9e098e4cd16caadb586097efcbfdc9cd5af5af2b9149975fbb353cebad86e6cff189ee8b50b1c80\
     d2cc14059552fcdff043cc916942c3860d629a5801",
    "916c6399c0b7764e8e3d4646b4be52584b2c0493b83eef3b63c168d577ed67ec6bacdc335a7f92a958b133\
     54465d94ae822610cb012878d13ec989f5a08f0965",
    "f4c81e434110df168a7d76d36bb09b40f8e6439ee4408944ec3b9cd3f9276adc62dd214df07f8e1500151d\
     19ee6f162785f39ad5c082f51f61604dfe15d89121",
    "e2a4e6d0c110ae4b8db18e1ee23e26bf2e05199f44e66f17cdaba99e6a9d9d08f0cb55528ca287377661a9\
     4e4e5ca397d78e4c04f4888cdbddc12a720a6a0ccd",
    "d4481d87e5787a5daab24aebd6f3d9263164fcf6a483435ca75b0f470588b7f0a7d1d403ef46f5d46ab4c6\
     5f37a2b042d88efdeb0c926e2d9de569b7edd596b0",
];

const CREATE: &str = "/1.0/TEST_API0000000001/CreateUserObject/0011223344556677";

/// Demo objects that compute on data, with the length they take.
fn data_objects() -> Vec<(Object, usize)> {
    let a = [0xee01, 0xee02].map(|id| (Object::demo_a(id), 16));
    let b = [(0x7654, 128), (0x9876, 256), (0x10, 128), (0x11, 256), (0x77ee, 2)];
    a.into_iter().chain(b.map(|(id, bytes)| (Object::demo_b(id), bytes))).collect()
}

fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let len = u16::try_from(value.len()).expect("short");
    [&[tag][..], &len.to_be_bytes(), value].concat()
}

fn text_of(client: &Value) -> &str {
    client["password"].as_str().expect("text")
}

fn request(function: &str, client: Value, apidata: Value) -> Value {
    json!({ "nonce": "00", "version": 1, "function": function, "environment": "dev",
        "client": client, "apidata": apidata })
}

fn ask_client(register: &mut Connection, function: &str, client: Value, apidata: Value) -> Value {
    register.post("/api/v1/client", &request(function, client, apidata).to_string())
}

/// The same request over HTTP/2 and TLS, whose libraries log on their own account.
fn by_curl(gateway: &Gateway, path: &str) {
    for (scheme, flag) in [("http", "--http2-prior-knowledge"), ("https", "--http2")] {
        let url = format!("{scheme}://{}{path}", gateway.address("process/https"));
        let mut curl = Command::new("curl");
        let text = Ran::of(curl.args(["--silent", "--insecure", "--data", "{}", flag, &url]));
        assert!(text.succeeds().contains("\"9000\""), "{flag}");
    }
}

fn destroy(gateway: &Gateway, object: u32) {
    let id = row(gateway, &["key", "list", "--json"], "object", &format!("{object:08x}"));
    gateway.typex(&["key", "destroy", "--yes", &id]).succeeds();
}

fn revoke(gateway: &Gateway, name: &str) {
    let id = row(gateway, &["client", "list", "--json"], "name", name);
    gateway.typex(&["client", "revoke", &id]).succeeds();
}

/// The id in the row whose member has that value.
fn row(gateway: &Gateway, args: &[&str], member: &str, value: &str) -> String {
    let text = gateway.typex(args).succeeds();
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let row = rows.into_iter().find(|row| row[member] == value).expect("a row");
    row["id"].as_str().expect("text").to_owned()
}

//! SIGKILL while keys, clients and counters are written: what was acknowledged is there after the
//! restart, and the store is whole.
//!
//! A killed process loses nothing that the kernel already has, so this tests atomicity and
//! recovery. What a power cut does is tested with crash images, in the store.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::harness::{
    Connection, Gateway, Hotp, Object, Random, command, create_aes, full, status,
};

/// How often the gateway is killed.
fn kills() -> usize {
    if full() { 1_000 } else { 200 }
}

/// Acknowledged keys and clients that are looked at after each restart.
const CHECKED: usize = 4;

/// What answers have promised.
#[derive(Default)]
struct Acknowledged {
    keys: Vec<Object>,
    clients: Vec<(String, String)>,
    hotp: Option<Hotp>,
}

#[test]
fn what_was_acknowledged_survives_being_killed() {
    let mut random = Random::seeded("durability");
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = dir.path().join("data");
    let mut acknowledged = Acknowledged::default();
    for round in 0..kills() {
        let gateway = Gateway::start_in(&data, &[], &[]);
        acknowledged.check(&gateway, &mut random);
        let delay = Duration::from_micros(random.next() % 200_000);
        let written = if round % 2 == 0 { Written::Nothing } else { Written::Once };
        acknowledged.write_until_killed(gateway, (written, delay), &mut random);
        if round % 25 == 24 {
            fsck(&data);
        }
    }
    fsck(&data);
    let (keys, clients) = (acknowledged.keys.len(), acknowledged.clients.len());
    let counter = acknowledged.hotp.map_or(0, |hotp| hotp.counter);
    println!("{} kills; {keys} keys, {clients} clients, {counter} codes", kills());
    assert!(keys + clients >= kills() / 2, "too few writes between kills");
}

/// What is acknowledged before the time until the kill begins to run.
#[derive(Clone, Copy)]
enum Written {
    Nothing,
    /// One write of each kind, so that slow machines have some to look for.
    Once,
}

impl Acknowledged {
    /// Everything lately promised is there, and no code is taken twice.
    fn check(&mut self, gateway: &Gateway, random: &mut Random) {
        let mut process = Connection::open(gateway.address("process/http"));
        for object in self.keys.iter().rev().take(CHECKED) {
            let body = format!("{{\"data\":\"{}\"}}", object.seal([1; 8], &[2; 16]));
            assert_eq!(status(&process.post(&object.path([1; 8]), &body)), "9000", "key lost");
        }
        let mut register = Connection::open(gateway.address("register/http"));
        if let Some((username, password)) = self.clients.last() {
            let client = json!({ "authentication": "password", "username": username,
                "password": password });
            let answer = register.post("/api/v1/client", &request("addapi", client));
            assert_eq!(answer["status"], 36864, "client lost: {answer}");
        }
        if let Some(hotp) = &mut self.hotp {
            // A success before and after, since three wrong codes in a row end the tries.
            hotp.authenticate(&mut process, random).expect("running");
            hotp.check_used_code_is_refused(&mut process, random);
            hotp.authenticate(&mut process, random).expect("running");
        }
    }

    /// Writes one thing after another until the gateway is gone.
    fn write_until_killed(
        &mut self,
        gateway: Gateway,
        (written, delay): (Written, Duration),
        random: &mut Random,
    ) {
        let addresses =
            ["process/http", "enrol/http", "register/http"].map(|name| gateway.address(name));
        if let Written::Once = written {
            let [mut process, mut enrol, mut register] = addresses.map(Connection::open);
            let written = self.write(&mut process, &mut enrol, &mut register, random);
            written.expect("the gateway is there");
        }
        let gone = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&gone);
        let killer = std::thread::spawn(move || {
            std::thread::sleep(delay);
            flag.store(true, Ordering::Release);
            gateway.kill();
        });
        let mut writers = random.clone();
        let _ = random.next();
        let [process, enrol, register] = addresses.map(Connection::try_open);
        if let (Some(mut process), Some(mut enrol), Some(mut register)) = (process, enrol, register)
        {
            while !gone.load(Ordering::Acquire) {
                let _ = self.write(&mut process, &mut enrol, &mut register, &mut writers);
            }
        }
        killer.join().expect("the killer ends");
    }

    /// One write of each kind; `None` once the gateway is gone.
    fn write(
        &mut self,
        process: &mut Connection,
        enrol: &mut Connection,
        register: &mut Connection,
        random: &mut Random,
    ) -> Option<()> {
        let app = random.bytes();
        self.keys.push(create_aes(enrol, "TEST_API", random, &app)?);
        let client = json!({ "name": "durability", "authentication": "type", "type": "test" });
        let made = register.try_post("/api/v1/client", &request("create", client))?;
        let made = &made["response"];
        let text = |member: &str| made[member].as_str().map(str::to_owned);
        self.clients.push((text("username")?, text("password")?));
        match &mut self.hotp {
            None => self.hotp = Some(Hotp::create(process, random)?),
            Some(hotp) => hotp.authenticate(process, random)?,
        }
        Some(())
    }
}

fn request(function: &str, client: serde_json::Value) -> String {
    json!({ "nonce": "00", "version": 1, "function": function, "environment": "dev",
        "client": client })
    .to_string()
}

fn fsck(data: &Path) {
    let output = command(data).arg("fsck").output().expect("typex runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let output = command(data).args(["audit", "verify"]).output().expect("typex runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
}

//! What clients of AES keys notice when others log in: latency without and with password checks.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::connection::{Connection, post};
use crate::figure::{Figure, Target, quantile};
use crate::object::Object;
use crate::process::Process;
use crate::{Failure, ROUNDS};

/// Connections that send AES requests, and how often each does.
const CLIENTS: usize = 8;
const CLIENT_INTERVAL: Duration = Duration::from_millis(20);
/// Connections that log in, and how often each does: 200 a second in all.
const LOGINS: usize = 40;
const LOGIN_INTERVAL: Duration = Duration::from_millis(200);
/// One window.
const WINDOW: Duration = Duration::from_secs(2);
/// Logins begin before the window.
const LEAD: Duration = Duration::from_millis(300);

const SUCCESS: u64 = 0x9000;
const BUSY: u64 = 0x10a6;

pub(crate) fn measure() -> Result<Vec<Figure>, Failure> {
    let process = Process::start("soft")?;
    let mut clients = clients(process.address("process")?)?;
    let mut logins = logins(process.address("register")?)?;
    paced(&mut clients, Instant::now(), CLIENT_INTERVAL, LEAD)?;
    let (mut gateway, mut against) = (Vec::new(), Vec::new());
    let mut done = Done::default();
    for _ in 0..ROUNDS {
        let quiet = paced(&mut clients, Instant::now(), CLIENT_INTERVAL, WINDOW)?;
        against.push(p99(&quiet));
        let start = Instant::now();
        let busy = thread::scope(|scope| {
            let logging_in = scope.spawn(|| log_in(&mut logins, start));
            let busy = paced(&mut clients, start + LEAD, CLIENT_INTERVAL, WINDOW);
            logging_in.join().map_err(|_| "a login panicked")??.add_to(&mut done);
            busy
        })?;
        gateway.push(p99(&busy));
    }
    let Done { answered, refused, seconds } = done;
    Ok(vec![Figure {
        name: "5 p99 of AES, with 200 logins/s / without",
        unit: "us",
        gateway,
        against,
        target: Target::RatioAtMost(2.0),
        conditions: format!(
            "open loop, {} AES requests/s over {CLIENTS} connections, from the intended time, \
             windows of {} s; logins over {LOGINS} connections: {:.0}/s sent, {:.0}/s let in, the \
             rest told to come back; clients on the same CPUs",
            CLIENTS as u128 * 1000 / CLIENT_INTERVAL.as_millis(),
            WINDOW.as_secs(),
            (answered + refused) as f64 / seconds,
            answered as f64 / seconds,
        ),
    }])
}

fn p99(latencies: &[Duration]) -> f64 {
    let us: Vec<f64> = latencies.iter().map(|latency| latency.as_secs_f64() * 1e6).collect();
    quantile(&us, 0.99)
}

/// How logins ended.
#[derive(Default)]
struct Done {
    answered: usize,
    refused: usize,
    seconds: f64,
}

impl Done {
    fn add_to(self, sum: &mut Self) {
        sum.answered += self.answered;
        sum.refused += self.refused;
        sum.seconds += self.seconds;
    }
}

/// Whether an answer served its client; an error if it is wrong.
type Check = dyn Fn(&[u8]) -> Result<bool, Failure> + Send;

/// A connection, and what makes an answer on it right.
struct Client {
    connection: Connection,
    check: Box<Check>,
    refused: usize,
}

fn clients(address: SocketAddr) -> Result<Vec<Client>, Failure> {
    let client = |nonce| {
        let object = Object::demo()?;
        let mut connection = Connection::open(address, object.request(nonce)?)?;
        let expected = connection.exchange()?.to_vec();
        object.check_body(nonce, &expected)?;
        let check = Box::new(move |body: &[u8]| {
            if body == expected { Ok(true) } else { Err("an AES answer is wrong".into()) }
        });
        Ok(Client { connection, check, refused: 0 })
    };
    (0..CLIENTS as u64).map(client).collect()
}

/// A new client of the gateway, and connections that show its API key by password.
fn logins(address: SocketAddr) -> Result<Vec<Client>, Failure> {
    let client = json!({ "name": "cost", "authentication": "type", "type": "test" });
    let made = ask(address, "create", client, Value::Null)?;
    let client = json!({
        "authentication": "password", "username": made["username"], "password": made["password"],
    });
    let key = ask(address, "addapi", client.clone(), Value::Null)?["apikey"].clone();
    let request = message("showapi", client, json!({ "apikey": key }));
    let login = |_| {
        let (connection, key) = (Connection::open(address, request.clone())?, key.clone());
        let check = Box::new(move |body: &[u8]| is_let_in(body, &key));
        Ok(Client { connection, check, refused: 0 })
    };
    (0..LOGINS).map(login).collect()
}

/// Whether a login succeeded; anything but that or being told to come back is a failure.
fn is_let_in(body: &[u8], key: &Value) -> Result<bool, Failure> {
    let answer: Value = serde_json::from_slice(body)?;
    match answer["status"].as_u64() {
        Some(SUCCESS) if answer["response"]["apikey"] == *key => Ok(true),
        Some(BUSY) => Ok(false),
        _ => Err(format!("a login was answered {answer}").into()),
    }
}

fn message(function: &str, client: Value, apidata: Value) -> Vec<u8> {
    let body = json!({
        "nonce": "a1b2c3d4e5f60718", "version": 1, "function": function, "environment": "dev",
        "client": client, "apidata": apidata, "endpoint": {}, "operations": [],
    });
    post("/api/v1/client", &body.to_string())
}

fn ask(
    address: SocketAddr,
    function: &str,
    client: Value,
    apidata: Value,
) -> Result<Value, Failure> {
    let mut connection = Connection::open(address, message(function, client, apidata))?;
    let answer: Value = serde_json::from_slice(connection.exchange()?)?;
    match answer["status"].as_u64() {
        Some(SUCCESS) => Ok(answer["response"].clone()),
        _ => Err(format!("{function} was answered {answer}").into()),
    }
}

fn log_in(logins: &mut [Client], start: Instant) -> Result<Done, Failure> {
    let refused = |logins: &[Client]| logins.iter().map(|login| login.refused).sum::<usize>();
    let before = refused(logins);
    let sent = paced(logins, start, LOGIN_INTERVAL, LEAD + WINDOW)?.len();
    let refused = refused(logins) - before;
    Ok(Done { answered: sent - refused, refused, seconds: (LEAD + WINDOW).as_secs_f64() })
}

/// Sends on a schedule, evenly spread over the connections. Every time counts from the moment when
/// the request was due, so one that waited for the answer before it counts that too.
fn paced(
    clients: &mut [Client],
    start: Instant,
    interval: Duration,
    window: Duration,
) -> Result<Vec<Duration>, Failure> {
    let apart = interval / u32::try_from(clients.len())?;
    let due = |at| start + apart * at;
    thread::scope(|scope| {
        let clients = (0u32..).zip(clients);
        let threads: Vec<_> = clients
            .map(|(at, client)| scope.spawn(move || client.run(due(at), interval, window)))
            .collect();
        let mut all = Vec::new();
        for thread in threads {
            all.extend(thread.join().map_err(|_| "a client panicked")??);
        }
        Ok(all)
    })
}

impl Client {
    fn run(
        &mut self,
        first: Instant,
        interval: Duration,
        window: Duration,
    ) -> Result<Vec<Duration>, Failure> {
        let mut latencies = Vec::new();
        let mut due = first;
        while due < first + window {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let body = self.connection.exchange()?;
            latencies.push(due.elapsed());
            self.refused += usize::from(!(self.check)(body)?);
            due += interval;
        }
        Ok(latencies)
    }
}

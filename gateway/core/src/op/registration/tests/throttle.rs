use super::*;
use crate::limits::THROTTLE_ENTRIES;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

fn subject(account: &str, last: u8) -> Subject<'_> {
    Subject { account, address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)) }
}

fn throttle() -> Throttle {
    Throttle::new(ThrottleRules::default(), [9; 16])
}

#[test]
fn waits_double_from_the_first_costly_failure_to_the_cap() {
    let mut throttle = throttle();
    let mut waits = vec![];
    let mut now = NOW;
    for _ in 0..20 {
        throttle.failed(subject("a", 1), now);
        let wait = throttle.wait_ms(subject("a", 1), now).unwrap_or(0);
        waits.push(wait);
        now = UnixMs(now.0 + wait);
        assert_eq!(throttle.wait_ms(subject("a", 1), now), None, "open once the wait is over");
    }
    assert_eq!(waits[..6], [0, 0, 0, 500, 1000, 2000]);
    assert_eq!(waits[19], 15 * 60 * 1000);
}

#[test]
fn an_attacker_elsewhere_costs_the_owner_a_second_at_most() {
    let mut throttle = throttle();
    for try_number in 0..100_000_u32 {
        throttle.failed(subject("owner", (try_number % 200) as u8), NOW);
    }
    let wait = throttle.wait_ms(subject("owner", 250), NOW).unwrap_or(0);
    assert!(wait <= 1000, "{wait}");
    assert_eq!(throttle.wait_ms(subject("owner", 250), UnixMs(NOW.0 + 1000)), None);
}

#[test]
fn one_address_trying_many_accounts_waits_a_minute_at_most() {
    let mut throttle = throttle();
    let names: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    for name in &names {
        throttle.failed(subject(name, 1), NOW);
    }
    assert_eq!(throttle.wait_ms(subject("fresh", 1), NOW), Some(60_000));
    assert_eq!(throttle.wait_ms(subject("fresh", 2), NOW), None);
}

#[test]
fn hosts_of_one_ipv6_network_count_together() {
    let mut throttle = throttle();
    let host = |last| Subject {
        account: "a",
        address: IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, last)),
    };
    for last in 0..10 {
        throttle.failed(host(last), NOW);
    }
    assert!(throttle.wait_ms(host(99), NOW).is_some());
}

#[test]
fn a_clock_set_back_lengthens_no_wait_beyond_its_cap() {
    let mut throttle = throttle();
    for _ in 0..30 {
        throttle.failed(subject("a", 1), NOW);
    }
    let cap_ms = ThrottleRules::default().pair.cap_ms;
    let earlier = UnixMs(NOW.0 - 24 * 60 * 60 * 1000);
    assert_eq!(throttle.wait_ms(subject("a", 1), earlier), Some(cap_ms));
    let waited = UnixMs(earlier.0 + cap_ms);
    assert_eq!(throttle.wait_ms(subject("a", 1), waited), None, "open once the wait is over");
}

#[test]
fn a_network_and_a_name_are_not_taken_for_a_longer_network() {
    let mut throttle = throttle();
    let short = IpAddr::from([0x20, 0x01, 0x0d, 0x38]);
    let long = IpAddr::from([0x2001, 0x0d38, 0x4142, 0x4344, 0, 0, 0, 1]);
    for _ in 0..10 {
        throttle.failed(Subject { account: "ABCDname", address: short }, NOW);
    }
    assert_eq!(throttle.wait_ms(Subject { account: "name", address: long }, NOW), None);
}

#[test]
fn success_clears_the_pair_and_time_clears_everything() {
    let mut throttle = throttle();
    for _ in 0..10 {
        throttle.failed(subject("a", 1), NOW);
    }
    assert!(throttle.wait_ms(subject("a", 1), NOW).is_some());
    throttle.succeeded(subject("a", 1));
    assert_eq!(throttle.wait_ms(subject("a", 1), NOW), None);
    for _ in 0..10 {
        throttle.failed(subject("a", 1), NOW);
    }
    let later = UnixMs(NOW.0 + ThrottleRules::default().memory_ms + 1);
    throttle.failed(subject("a", 1), later);
    assert_eq!(throttle.wait_ms(subject("a", 1), later), None, "old failures were forgotten");
}

#[test]
fn a_flood_of_accounts_does_not_flush_the_record_of_a_persistent_one() {
    let mut throttle = throttle();
    for _ in 0..15 {
        throttle.failed(subject("victim", 1), NOW);
    }
    let before = throttle.wait_ms(subject("victim", 1), NOW);
    for number in 0..THROTTLE_ENTRIES * 4 {
        throttle.failed(subject(&number.to_string(), (number % 100) as u8 + 100), NOW);
    }
    assert_eq!(throttle.wait_ms(subject("victim", 1), NOW), before);
}

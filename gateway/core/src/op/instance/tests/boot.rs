//! What a boot begins and ends: tokens, the log, disks, and what is shown.

use super::super::{Answer, Session, fault};
use super::super::{
    Clock, Disk, DiskState, Event, LogError, LogEvent, LogPart, Role, change_disk, file_name,
    file_text, log_key, log_list, self_test, show_config, status, verify_log, verify_signature,
};
use super::{
    NOW, NOW_S, after, boot_of, claims_of, fresh, owned, session, settings, situation, token,
};
use crate::codec::Record;
use crate::error::ErrorKind;
use crate::id::{KeyId, PartitionId};
use crate::limits::{INSTANCE_LOG_NAMES_MAX, LOG_PART_BYTES_MAX};
use crate::secret::Secret;

// spec: encedo-hem 7.2
#[test]
fn a_log_verifies_from_its_first_line_on() {
    let record = fresh();
    let (mut session, mut text) = boot_of(&record, Clock::Set);
    let peer = Some(Role::Peer(KeyId([0xfe; 16])));
    for event in [
        LogEvent::done(Event::Startup, None),
        LogEvent::done(Event::Login, Some(Role::User)).with_text("logger:get|\n"),
        LogEvent::done(Event::PeerLogin, peer),
    ] {
        let time_s = session.log_time_s(after(5));
        text += &session.log.line(&event, time_s);
    }
    let sign = record.identity.sign.public();
    assert_eq!(verify_log(&text, &sign), Ok(4));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "# Test 1");
    assert!(lines[1].starts_with(&format!("0|{:08x}|0|0|", NOW_S)));
    assert!(lines[2].starts_with(&format!("1|{:08x}|1|0|||", NOW_S + 5)));
    assert!(lines[4].contains("|e|0|_v7-_v7-_v7-_v7-_v7-_g||"));
    let changed = text.replace("|d|0|U|", "|d|1|U|");
    assert_eq!(verify_log(&changed, &sign), Err(LogError::Mac(4)));
}

#[test]
fn a_log_without_clock_counts_from_the_boot() {
    let (session, text) = boot_of(&fresh(), Clock::Unset);
    assert!(text.contains("\n0|00000000|0|0|"));
    assert_eq!(session.log_time_s(after(9)), 9);
}

#[test]
fn files_have_names_of_their_own_and_parts_of_bounded_length() {
    assert_eq!(file_name(NOW_S, None), NOW_S as u32);
    assert_eq!(file_name(NOW_S, Some(NOW_S as u32)), NOW_S as u32 + 1);
    assert_eq!(file_text(0x62_310b), "0062310b");
    let mut part = LogPart::first(PartitionId([1; 16]), 7);
    assert_eq!(part.push(&"x".repeat(LOG_PART_BYTES_MAX)), None);
    let next = part.push("y\n").expect("another part");
    assert_eq!((next.file, next.number, next.text.as_str()), (7, 1, "y\n"));
    assert_eq!(LogPart::from_bytes(next.to_bytes().expose()), Ok(next));
    let files: Vec<u32> = (0..300).collect();
    let Answer::Logs { total, names } = log_list(&files, 250) else { panic!("a list") };
    assert_eq!((total, names), (300, (250..300).collect()));
    let Answer::Logs { names, .. } = log_list(&files, 0) else { panic!("a list") };
    assert_eq!(names.len(), INSTANCE_LOG_NAMES_MAX);
}

// spec: encedo-hem 7.1
#[test]
fn the_log_key_is_proven() {
    let (record, session) = (owned(), session());
    let Answer::LogKey { key, nonce, signature } = log_key(&record, &session, [1; 12], NOW) else {
        panic!("a key")
    };
    assert_eq!(key, record.identity.sign.public());
    assert!(verify_signature(&key, &nonce, &signature));
}

// spec: encedo-hem 8.5
#[test]
fn tokens_end_with_their_boot() {
    let first = session();
    let token = token(&first, Role::User, "logger:get");
    assert!(first.verify(&token, NOW).is_ok());
    assert!(first.verify(&token, after(60)).is_err());
    let seed = Secret::new([1; 128]);
    let (second, _) = Session::new(&seed, &fresh().identity, Clock::Set, (1, "b"), NOW);
    assert!(second.verify(&token, NOW).is_err());
    assert_ne!(first.public(), second.public());
}

// spec: encedo-hem 4.2
#[test]
fn status_tells_what_differs_from_the_usual() {
    let (settings, record, mut session) = (settings(), owned(), session());
    let at = situation(&settings, &record, &session);
    let usual = status(at, Some("my.example"), true, after(3));
    assert_eq!((usual.inited, usual.https, usual.hostname), (true, None, None));
    assert_eq!((usual.uptime, usual.time, usual.fls_state), (3, Some(NOW_S + 3), 0));
    assert_eq!(usual.storage, ["100:ro", "200:-"]);
    let other = status(at, Some("else"), false, NOW);
    assert_eq!((other.https, other.hostname.as_deref()), (Some(true), Some("my.example")));
    session.faults = fault::TEMPERATURE;
    session.clock = Clock::Unset;
    let bare = fresh();
    let failed = status(situation(&settings, &bare, &session), None, true, NOW);
    assert_eq!((failed.inited, failed.time, failed.fls_state), (false, None, 4));
    assert_eq!(self_test(&session, 3, 4, NOW).fls_state, 4);
}

#[test]
fn the_configuration_is_shown_in_its_forms() {
    let (settings, record, session) = (settings(), owned(), session());
    let view =
        show_config(situation(&settings, &record, &session), [1; 12], NOW).expect("an owner");
    assert_eq!(view.devid, "2020202020202020");
    assert_eq!(view.genuine_id.len(), 18);
    assert_eq!(view.instance, "40414243-4445-4647-4849-4a4b4c4d4e4f");
    assert_eq!(view.storage_capacity, 300);
    let none = show_config(situation(&settings, &fresh(), &session), [1; 12], NOW);
    assert_eq!(none, Err(ErrorKind::WrongState));
}

// spec: encedo-hem 4.7
#[test]
fn disks_open_as_far_as_the_scope_goes() {
    let mut session = session();
    let mut change = |scope: &str, disk| {
        let token = token(&session, Role::User, scope);
        let claims = claims_of(&session, &token);
        change_disk(&mut session, &claims, disk).map(|()| session.disks)
    };
    let (locked, read, write) = (DiskState::Locked, DiskState::ReadOnly, DiskState::Writable);
    assert_eq!(change("storage:disk0", Disk::Lock), Ok([locked, locked]));
    assert_eq!(change("storage:disk1", Disk::Unlock), Ok([locked, read]));
    assert_eq!(change("storage:disk1:rw", Disk::Unlock), Ok([locked, write]));
    assert_eq!(change("storage:disk0:rw", Disk::UnlockToWrite), Ok([write, write]));
    assert_eq!(change("storage:disk0:rw", Disk::UnlockToRead), Ok([read, write]));
    for (scope, disk) in [("storage:disk0", Disk::UnlockToWrite), ("storage:disk2", Disk::Lock)] {
        assert_eq!(change(scope, disk), Err(ErrorKind::Unsupported));
    }
}

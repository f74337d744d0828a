//! Tenants have room of their own, and sweeps are small.

use super::*;
use crate::limits::{
    QUOTA_CALLER_PATTERNS_MAX, QUOTA_CALLERS_MAX, QUOTA_PARTITION_PART, QUOTA_PATTERNS_MAX,
    QUOTA_SWEEP_MAX, QUOTA_VALUES_MAX,
};

fn owner(tenant: u8, caller: u64) -> OwnerId {
    let mut owner = [tenant; 16];
    owner[8..].copy_from_slice(&caller.to_be_bytes());
    OwnerId(owner)
}

fn pattern(number: u64) -> PatternId {
    let mut pattern = [2; 16];
    pattern[..8].copy_from_slice(&number.to_be_bytes());
    PatternId(pattern)
}

fn has_whole_limit(quota: &mut Quota, tenant: u8) -> bool {
    let meter = Meter { owner: owner(tenant, 1), pattern: pattern(1), limit: 100 };
    let told = (0..200).filter(|_| quota.charge(&meter, None, UnixMs(START)).is_ok());
    told.count() == 100
}

#[test]
fn callers_of_one_tenant_take_nothing_from_another() {
    let mut quota = Quota::default();
    for caller in 1..=QUOTA_CALLERS_MAX as u64 {
        let meter = Meter { owner: owner(1, caller), pattern: pattern(1), limit: 100 };
        let _ = quota.charge(&meter, None, UnixMs(START));
    }
    let ours = quota.remembered().0;
    assert_eq!(ours, QUOTA_CALLERS_MAX / QUOTA_PARTITION_PART + 1, "one is shared");
    assert!(has_whole_limit(&mut quota, 2) && !has_whole_limit(&mut quota, 1));
}

#[test]
fn patterns_of_a_few_tenants_take_nothing_from_another() {
    let mut quota = Quota::default();
    let each = (QUOTA_CALLER_PATTERNS_MAX + 100) as u64;
    for tenant in 1..=QUOTA_PARTITION_PART as u8 {
        for number in 0..3 * each {
            let owner = owner(tenant, 1 + number / each);
            let meter = Meter { owner, pattern: pattern(number), limit: 100 };
            let _ = quota.charge(&meter, None, UnixMs(START));
        }
    }
    assert!(quota.remembered().1 >= QUOTA_PATTERNS_MAX, "full");
    for tenant in 100..110 {
        assert!(has_whole_limit(&mut quota, tenant), "{tenant}");
    }
}

#[test]
fn values_of_one_tenant_take_no_room_from_another() {
    let mut quota = Quota::default();
    let mut count = |tenant, values: std::ops::Range<u64>| {
        let asked = values.filter(|value| {
            let meter =
                Meter { owner: owner(tenant, 1), pattern: pattern(value / 1000), limit: 1000 };
            quota.charge(&meter, Some(ValueTag(*value)), UnixMs(START)).is_ok()
        });
        asked.count()
    };
    let all = 2 * QUOTA_VALUES_MAX as u64 / QUOTA_PARTITION_PART as u64;
    assert_eq!(count(1, 0..all), all as usize);
    for _ in 0..3 {
        assert_eq!(count(2, 0..1000), 1000, "remembered, so it costs nothing");
    }
}

/// What one request to the store can drop.
#[test]
fn sweeps_come_in_portions() {
    let (mut gateway, patterns) = (Gateway::default(), 2 * QUOTA_SWEEP_MAX + 10);
    for number in 0..patterns as u64 {
        let meter = Meter { owner: OWNER, pattern: pattern(number), limit: 10 };
        gateway.ask(&meter, number, START).unwrap();
    }
    assert_eq!(gateway.disk.len(), patterns);
    let later = UnixMs(START + 3 * HOUR);
    let mut portion = || gateway.quota.sweep(later).len();
    assert_eq!([portion(), portion()], [QUOTA_SWEEP_MAX; 2]);
    assert_eq!([portion(), portion()], [10, 0]);
    assert_eq!(gateway.quota.remembered(), (0, 0, 0));
}

//! What is left in a place, as the kernel of the operating system sees it.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt;

use typex_kernels::blank;

/// A variant leaves bytes that the other one does not use.
enum Answer {
    Long([u8; 64]),
    Short(u8),
}

fn memory_of<T>(value: &T) -> Vec<u8> {
    let mut bytes = vec![0; size_of::<T>()];
    let address = std::ptr::from_ref(value).addr() as u64;
    File::open("/proc/self/mem").unwrap().read_exact_at(&mut bytes, address).unwrap();
    bytes
}

fn marks(memory: &[u8]) -> usize {
    memory.iter().filter(|&&byte| byte == 0x5a).count()
}

#[test]
fn taken_value_leaves_nothing() {
    let mut place = Box::new(Some([0x5a_u8; 64]));
    assert_eq!(marks(&memory_of(&*place)), 64);
    assert_eq!(blank::take(&mut place), Some([0x5a; 64]));
    assert_eq!(marks(&memory_of(&*place)), 0);
    assert!(place.is_none());
}

#[test]
fn unused_bytes_are_overwritten_too() {
    let mut place = Box::new(Some(Answer::Long([0x5a; 64])));
    assert!(matches!(&*place, Some(Answer::Long(bytes)) if *bytes == [0x5a; 64]));
    *black_box(&mut *place) = Some(Answer::Short(1));
    assert!(marks(&memory_of(&*place)) > 32, "the compiler leaves what the variant does not use");
    assert!(matches!(blank::take(&mut place), Some(Answer::Short(byte)) if byte == 1));
    assert_eq!(marks(&memory_of(&*place)), 0);
}

#[test]
fn empty_place_is_overwritten() {
    let mut place = Box::new(Some([0x5a_u8; 64]));
    assert!(place.take().is_some());
    assert_eq!(blank::take(&mut place), None);
    assert_eq!(marks(&memory_of(&*place)), 0);
}

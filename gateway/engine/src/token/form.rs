//! Where what is kept and what is replaced stand in a text, and the tweak that says so.

use arrayvec::ArrayVec;
use typex_core::token::Layout;
use zeroize::Zeroize;

/// Bytes of the longest tweak of digits: four, and twelve digits kept.
const TWEAK_BYTES_MAX: usize = 10;

/// Places of a text of one length.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) front: usize,
    pub(super) free: usize,
    pub(super) end: usize,
}

impl Form {
    pub(super) fn new(layout: &Layout, free: usize) -> Self {
        Self { front: layout.front().into(), free, end: layout.end().into() }
    }

    /// The part that is replaced.
    pub(super) fn middle<'a, T>(&self, text: &'a [T]) -> &'a [T] {
        &text[self.front..self.front + self.free]
    }

    /// The part that is replaced.
    pub(super) fn middle_mut<'a, T>(&self, text: &'a mut [T]) -> &'a mut [T] {
        &mut text[self.front..self.front + self.free]
    }

    /// What is kept, in front and then at the end.
    pub(super) fn kept<'a>(&self, text: &'a [u8]) -> impl Iterator<Item = u8> + 'a {
        let (front, end) = (&text[..self.front], &text[text.len() - self.end..]);
        front.iter().chain(end).copied()
    }
}

/// What goes into every round beside the text. Part of a card number is in it.
#[derive(Clone)]
pub(crate) struct Tweak(ArrayVec<u8, TWEAK_BYTES_MAX>);

impl Tweak {
    /// Bytes of the tweak of a layout, which no length of a text changes.
    pub(super) fn length(layout: &Layout) -> usize {
        4 + usize::from(layout.front() + layout.end()).div_ceil(2)
    }

    /// Of digits: a version, their number, how many are kept, the Luhn mode; then those kept, two
    /// in a byte, the last byte filled up with ones.
    // spec: payments 10.2
    pub(super) fn new(form: &Form, digits: &[u8], mode: u8) -> Self {
        let kept = (form.front * 16 + form.end) as u8;
        let mut tweak: ArrayVec<_, _> = [1, digits.len() as u8, kept, mode].into_iter().collect();
        let mut rest = form.kept(digits);
        while let Some(high) = rest.next() {
            tweak.push(high << 4 | rest.next().unwrap_or(0xf));
        }
        Self(tweak)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Tweak {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

//! Scales, and where their marks are.

/// How numbers lie on an axis.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Scale {
    /// From 0, evenly.
    Linear,
    /// Each ten-fold as long as the one before.
    Log,
    /// Percentages, each nine as long as the one before.
    Nines,
}

/// An axis: scale, range and texts.
pub(crate) struct Axis {
    pub(crate) label: String,
    scale: Scale,
    low: f64,
    high: f64,
    unit: fn(f64) -> String,
}

/// Marks of an axis at most.
const TICKS_MAX: usize = 8;

impl Axis {
    /// Over all these values; those that have no place on the scale do not count.
    pub(crate) fn over(
        label: &str,
        scale: Scale,
        unit: fn(f64) -> String,
        values: impl Iterator<Item = f64>,
    ) -> Self {
        let values = values.map(|value| forth(scale, value)).filter(|value| value.is_finite());
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let (low, high) = match scale {
            _ if low > high => (0.0, 1.0),
            Scale::Linear => (0.0, if high > 0.0 { high * 1.05 } else { 1.0 }),
            Scale::Log if high - low < 0.1 => (low - 0.5, high + 0.5),
            Scale::Log => (low - 0.05, high + 0.05),
            Scale::Nines => (0.0, high.max(1.0)),
        };
        Self { label: label.to_owned(), scale, low, high, unit }
    }

    /// Where a value lies: 0 at the begin, 1 at the end, and nothing beyond.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let place = (forth(self.scale, value) - self.low) / (self.high - self.low);
        if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) }
    }

    /// A mark's text.
    pub(crate) fn text(&self, value: f64) -> String {
        (self.unit)(value)
    }

    /// Values that have a mark.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        match self.scale {
            Scale::Linear => linear(self.low, self.high),
            Scale::Log => log(self.low, self.high),
            Scale::Nines => {
                let nines = [0.0, 90.0, 99.0, 99.9, 99.99, 99.999, 99.9999, 99.99999];
                nines.into_iter().filter(|value| forth(Scale::Nines, *value) <= self.high).collect()
            }
        }
    }
}

fn forth(scale: Scale, value: f64) -> f64 {
    match scale {
        Scale::Linear => value,
        Scale::Log => value.log10(),
        Scale::Nines => -(1.0 - value / 100.0).log10(),
    }
}

/// Multiples of 1, 2 or 5 times a power of ten.
fn linear(low: f64, high: f64) -> Vec<f64> {
    let rough = (high - low) / (TICKS_MAX - 2) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|one| one * power);
    let step = step.into_iter().find(|step| *step >= rough).unwrap_or(power * 10.0);
    let first = (low / step).ceil() as i64;
    let values = (first..).map(|at| at as f64 * step).take_while(|value| *value <= high);
    values.take(TICKS_MAX * 2).collect()
}

/// Powers of ten; between them 2 and 5 if there are few.
fn log(low: f64, high: f64) -> Vec<f64> {
    let factors: &[f64] = if high - low < 2.2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let powers = low.floor() as i32..=high.ceil() as i32;
    let values = powers.flat_map(|power| factors.iter().map(move |one| one * 10_f64.powi(power)));
    values.filter(|value| (low..=high).contains(&value.log10())).take(TICKS_MAX * 2).collect()
}

/// Seconds, milliseconds or microseconds of microseconds.
pub(crate) fn time(us: f64) -> String {
    match us {
        us if us >= 1e6 => format!("{} s", short(us / 1e6)),
        us if us >= 1e3 => format!("{} ms", short(us / 1e3)),
        us => format!("{} µs", short(us)),
    }
}

/// With k or M.
pub(crate) fn count(value: f64) -> String {
    match value.abs() {
        abs if abs >= 1e6 => format!("{}M", short(value / 1e6)),
        abs if abs >= 1e4 => format!("{}k", short(value / 1e3)),
        _ => short(value),
    }
}

/// As it is.
pub(crate) fn plain(value: f64) -> String {
    short(value)
}

/// A percentage.
pub(crate) fn percent(value: f64) -> String {
    format!("{} %", short(value))
}

/// At most three digits, but all in front of the point; more where there are only nines.
pub(crate) fn short(value: f64) -> String {
    let digits = match value.abs() {
        abs if (99.0..100.0).contains(&abs) => 5,
        abs if abs >= 100.0 => 0,
        abs if abs >= 10.0 => 1,
        abs if abs >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(scale: Scale, values: &[f64]) -> Axis {
        Axis::over("x", scale, plain, values.iter().copied())
    }

    #[test]
    fn every_axis_has_marks_within_it_and_not_too_many() {
        let values: [&[f64]; 7] =
            [&[], &[0.0], &[1.0], &[0.001, 0.002], &[3.0, 70_000.0], &[1e9], &[50.0, 99.999]];
        for scale in [Scale::Linear, Scale::Log, Scale::Nines] {
            for values in values {
                if scale == Scale::Nines && values.iter().any(|value| *value >= 100.0) {
                    continue;
                }
                let axis = axis(scale, values);
                let ticks = axis.ticks();
                assert!((1..=TICKS_MAX * 2).contains(&ticks.len()), "{values:?}: {ticks:?}");
                let places: Vec<_> = ticks.iter().map(|tick| axis.place(*tick)).collect();
                assert!(places.is_sorted(), "{places:?}");
                assert!(places.iter().all(|place| (0.0..=1.0).contains(place)), "{places:?}");
            }
        }
    }

    #[test]
    fn values_lie_where_they_should() {
        let linear = axis(Scale::Linear, &[100.0]);
        assert!((linear.place(52.5) - 0.5).abs() < 1e-9);
        let log = axis(Scale::Log, &[1.0, 100.0]);
        assert!((log.place(10.0) - 0.5).abs() < 1e-9);
        let nines = axis(Scale::Nines, &[99.0]);
        assert!((nines.place(90.0) - 0.5).abs() < 1e-9);
        assert_eq!((log.place(f64::NAN), log.place(0.0), log.place(1e9)), (0.0, 0.0, 1.0));
    }

    #[test]
    fn texts_are_short() {
        let texts = [time(1_500_000.0), time(250.0), time(12_345.0), count(45_600.0), plain(0.5)];
        assert_eq!(texts, ["1.5 s", "250 µs", "12.3 ms", "45.6k", "0.5"]);
        assert_eq!([percent(99.9), percent(99.999), percent(0.0)], ["99.9 %", "99.999 %", "0 %"]);
        assert_eq!([count(120.0), count(1_000.0)], ["120", "1000"]);
    }
}

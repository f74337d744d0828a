//! A figure: two sides, measured in turns, and what their ratio or difference should be.

use std::fmt;

/// Above the rows that [`Figure`] prints.
pub(crate) const HEADING: &str = "\
figure                                        gateway    against  unit    result          target";

/// One measured comparison.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    /// What both sides are counted in.
    pub(crate) unit: &'static str,
    /// One value for each round.
    pub(crate) gateway: Vec<f64>,
    /// The same of the other side, in the same rounds.
    pub(crate) against: Vec<f64>,
    pub(crate) target: Target,
    /// Sizes, connections, rates.
    pub(crate) conditions: String,
}

/// What is wanted.
pub(crate) enum Target {
    /// The gateway's figure divided by the other, at most.
    RatioAtMost(f64),
    /// The gateway's figure less the other, at most.
    MoreAtMost(f64),
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (gateway, against) = (median(&self.gateway), median(&self.against));
        let (symbol, result, bound, met) = match self.target {
            Target::RatioAtMost(most) => ("<=", gateway / against, most, gateway <= most * against),
            Target::MoreAtMost(most) => ("<=", gateway - against, most, gateway - against <= most),
        };
        let sign = if matches!(self.target, Target::MoreAtMost(_)) { "+" } else { "x" };
        let verdict = if met { "PASS" } else { "MISS" };
        let (name, unit) = (self.name, self.unit);
        writeln!(
            f,
            "{name:44} {gateway:8.2} {against:10.2}  {unit:6} {sign}{result:6.2} {verdict:>8} \
             {symbol:>5} {sign}{bound:.2}"
        )?;
        write!(f, "    {}; rounds {}", self.conditions, self.spread())
    }
}

impl Figure {
    /// Smallest and largest value of both sides.
    fn spread(&self) -> String {
        let range = |values: &[f64]| {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            format!("{low:.2} to {high:.2}")
        };
        format!("{}, against {}", range(&self.gateway), range(&self.against))
    }
}

/// The middle value; 0 if there is none.
pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value that this share of all values does not exceed; 0 if there is none.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

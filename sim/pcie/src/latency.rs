//! Latencies, as parameters with the basis of each default.

use crate::rng::Rng;

const NS: u64 = 1000;
/// What a distribution's points are counted in: parts per million.
const ONE: u64 = 1_000_000;

/// A distribution, given by points of its inverse: (parts per million of the draws, ps). Between
/// two points the value is interpolated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    points: Vec<(u32, u64)>,
}

impl Distribution {
    /// Always the same value.
    pub fn constant(ps: u64) -> Self {
        Self { points: vec![(0, ps)] }
    }

    /// From points in ascending order; below the first point and above the last their values
    /// hold. None if there is no point, more than 64, or the order is another.
    pub fn new(points: Vec<(u32, u64)>) -> Option<Self> {
        let sorted = points.is_sorted_by(|a, b| a.0 <= b.0 && a.1 <= b.1);
        (sorted && (1..=64).contains(&points.len())).then_some(Self { points })
    }

    /// Value at a quantile in parts per million.
    pub fn at(&self, ppm: u32) -> u64 {
        let above = self.points.partition_point(|point| point.0 <= ppm);
        match (above.checked_sub(1).map(|i| self.points[i]), self.points.get(above)) {
            (Some((p, low)), Some(&(q, high))) => {
                let part = u128::from(high - low) * u128::from(ppm - p) / u128::from(q - p);
                low + part as u64
            }
            (Some((_, last)), None) => last,
            (None, first) => first.map_or(0, |point| point.1),
        }
    }

    pub(crate) fn draw(&self, rng: &mut Rng) -> u64 {
        self.at(rng.below(ONE) as u32)
    }
}

/// Latency parameters. All times are picoseconds and hold for an idle link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latency {
    /// Name of the profile, for results.
    pub profile: &'static str,
    /// Read of 64 bytes, from the request's acceptance at the device's pins to its data there.
    pub read: Distribution,
    /// Added to a read that misses the IOMMU's translation cache.
    pub iommu_miss_ps: u64,
    /// How many reads miss it, per million.
    pub iommu_miss_ppm: u32,
    /// Added to each read of memory on another NUMA node; 0 on the same node.
    pub numa_ps: u64,
    /// Write of 64 bytes, from the pins until the host can see it.
    pub posted_ps: u64,
    /// Register write, from the host until the device's pins.
    pub doorbell_ps: u64,
    /// Register read, from the host to the host, without the cycles the device takes.
    pub mmio_read_ps: u64,
    /// From an interrupt message's arrival until its handler runs.
    pub handler_ps: u64,
    /// Hard block of the device, each way. Contained in the times above: they were measured, or
    /// assumed, from behind it. It moves the points at which credits and faults take effect.
    pub hard_block_ps: u64,
    /// After this a register read counts as lost.
    pub mmio_timeout_ps: u64,
}

impl Latency {
    /// A server whose memory answers from the cache.
    pub fn good() -> Self {
        let read = [(0, 510), (999_000, 590), (999_000, 950), (1_000_000, 950)];
        Self {
            profile: "good",
            read: nanoseconds(&read),
            iommu_miss_ps: 330 * NS,
            iommu_miss_ppm: 0,
            numa_ps: 0,
            posted_ps: 250 * NS,
            doorbell_ps: 250 * NS,
            mmio_read_ps: 900 * NS,
            handler_ps: 3000 * NS,
            hard_block_ps: 100 * NS,
            mmio_timeout_ps: 100_000 * NS,
        }
    }

    /// A host with long tails: reads of 1.2 us in the median, 5.7 us at 99 %, 12 us at 99.9 %.
    pub fn bad_host() -> Self {
        let read = [(0, 900), (500_000, 1200), (990_000, 5700), (999_000, 12_000)];
        Self { profile: "bad host", read: nanoseconds(&read), ..Self::good() }
    }

    /// The same with this share of reads missing the IOMMU's translation cache.
    pub fn with_iommu_misses(self, ppm: u32) -> Self {
        Self { iommu_miss_ppm: ppm, ..self }
    }

    /// The same with memory on another NUMA node: 100 ns more for each read.
    pub fn with_remote_memory(self) -> Self {
        Self { numa_ps: 100 * NS, ..self }
    }

    /// The same with the hard block's time added to each way, for those who read the published
    /// latencies as measured before it.
    pub fn with_hard_block_added(mut self) -> Self {
        for point in &mut self.read.points {
            point.1 += 2 * self.hard_block_ps;
        }
        self.posted_ps += self.hard_block_ps;
        self.doorbell_ps += self.hard_block_ps;
        self.mmio_read_ps += 2 * self.hard_block_ps;
        self
    }

    /// One read's latency.
    pub(crate) fn draw_read(&self, rng: &mut Rng) -> u64 {
        let base = self.read.draw(rng) + self.numa_ps;
        let missed = rng.below(ONE) < u64::from(self.iommu_miss_ppm);
        base + if missed { self.iommu_miss_ps } else { 0 }
    }
}

fn nanoseconds(points: &[(u32, u64)]) -> Distribution {
    Distribution { points: points.iter().map(|&(ppm, ns)| (ppm, ns * NS)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(latency: &Latency) -> Vec<u64> {
        let mut rng = Rng::new(7, 0);
        let mut all: Vec<_> = (0..100_000).map(|_| latency.draw_read(&mut rng)).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn a_good_host_is_uniform_with_a_rare_tail() {
        let all = drawn(&Latency::good());
        assert!((548_000..552_000).contains(&all[50_000]), "{}", all[50_000]);
        assert!(all[0] >= 510_000 && all[99_000] <= 590_000);
        assert_eq!(all[99_999], 950_000);
        let late = all.iter().filter(|&&ps| ps == 950_000).count();
        assert!((50..200).contains(&late), "{late}");
    }

    #[test]
    fn a_bad_host_has_the_stated_quantiles() {
        let all = drawn(&Latency::bad_host());
        assert!((1_190_000..1_210_000).contains(&all[50_000]));
        assert!((5_300_000..6_200_000).contains(&all[99_000]));
        assert!(all[99_900] >= 11_000_000 && all[99_999] == 12_000_000);
    }

    #[test]
    fn misses_and_distance_add_up() {
        let host = Latency::good().with_iommu_misses(500_000).with_remote_memory();
        let all = drawn(&host);
        assert!(all[0] >= 610_000);
        let missed = all.iter().filter(|&&ps| ps >= 940_000).count();
        assert!((49_000..51_000).contains(&missed), "{missed}");
        let added = Latency::good().with_hard_block_added();
        assert_eq!(added.read.at(0), 710_000);
        assert_eq!(added.posted_ps, 350_000);
    }

    #[test]
    fn points_out_of_order_are_refused() {
        assert!(Distribution::new(vec![]).is_none());
        assert!(Distribution::new(vec![(5, 1), (4, 2)]).is_none());
        let steps = Distribution::new(vec![(10, 5), (20, 15)]).unwrap();
        assert_eq!([steps.at(0), steps.at(15), steps.at(99)], [5, 10, 15]);
    }
}

//! Contenders that take turns.

use crate::clock::{median, seconds_of};
use crate::peak;

/// One way to do a thing, and how often it does it per round.
pub struct Contender {
    /// Name in the table.
    pub name: String,
    /// Times it is done per round.
    pub per_round: usize,
    /// Bytes read each time.
    pub bytes: usize,
    /// Does it that often.
    pub work: Box<dyn FnMut(usize)>,
}

/// Units of work of a contender per CPU second, round by round.
pub struct Rates {
    /// See [`Contender::name`].
    pub name: String,
    /// See [`Contender::bytes`].
    pub bytes: usize,
    /// One entry per round.
    pub rates: Vec<f64>,
}

/// Lets every contender work once per round; beside their rates, the measured peaks of multiply-adds.
pub fn measure(contenders: Vec<Contender>, num_rounds: usize) -> (Vec<Rates>, Vec<f64>) {
    let mut peaks = Vec::new();
    let rates = measure_beside(contenders, num_rounds, || peaks.extend(peak::fma_per_second()));
    (rates, peaks)
}

/// Lets every contender work once per round, after something else that is done in each.
pub fn measure_beside(
    mut contenders: Vec<Contender>,
    num_rounds: usize,
    mut beside: impl FnMut(),
) -> Vec<Rates> {
    let mut all: Vec<Rates> = contenders
        .iter()
        .map(|contender| Rates { name: contender.name.clone(), bytes: contender.bytes, rates: Vec::new() })
        .collect();
    for _ in 0..num_rounds {
        beside();
        for (contender, rates) in contenders.iter_mut().zip(&mut all) {
            let seconds = seconds_of(|| (contender.work)(contender.per_round));
            rates.rates.push(contender.per_round as f64 / seconds);
        }
    }
    all
}

impl Rates {
    /// The median rate.
    pub fn median(&self) -> f64 {
        median(self.rates.clone())
    }

    /// The median of the ratios within a round.
    pub fn ratio_to(&self, other: &Rates) -> f64 {
        median(self.rates.iter().zip(&other.rates).map(|(own, other)| own / other).collect())
    }

    /// Gigabytes read per CPU second.
    pub fn gigabytes(&self) -> f64 {
        self.median() * self.bytes as f64 / 1e9
    }
}

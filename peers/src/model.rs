use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Documents that batches choose from.
pub(crate) const NUM_KEYS: u64 = 60;
/// Changes in one batch, at most.
const MAX_CHANGES: u64 = 6;
/// Token vectors of a document.
const NUM_TOKENS: usize = 6;
/// Values of a token vector.
pub(crate) const DIM: usize = 64;

/// Version of each key that is there.
pub(crate) type State = BTreeMap<u64, u64>;

/// SplitMix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// One batch: the version of each key afterwards, or nothing where it is deleted. Each key once.
pub(crate) fn changes(number: u64) -> BTreeMap<u64, Option<u64>> {
    let mut dice = Dice(number.wrapping_mul(77_777));
    let num_changes = 1 + dice.below(MAX_CHANGES);
    (0..num_changes).map(|_| (dice.below(NUM_KEYS), (dice.below(4) > 0).then_some(number))).collect()
}

/// All keys in version 0: what every collection begins with.
pub(crate) fn first() -> BTreeMap<u64, Option<u64>> {
    (0..NUM_KEYS).map(|key| (key, Some(0))).collect()
}

pub(crate) fn apply(state: &mut State, changes: &BTreeMap<u64, Option<u64>>) {
    for (&key, &version) in changes {
        match version {
            Some(version) => state.insert(key, version),
            None => state.remove(&key),
        };
    }
}

/// Unit vectors that belong to this key and version alone.
pub(crate) fn vectors(key: u64, version: u64) -> Vec<Vec<f32>> {
    let mut dice = Dice(key.wrapping_mul(1_000_003) ^ version.wrapping_mul(0x5851_F42D_4C95_7F2D));
    let vector = |_| {
        let values: Vec<f32> = (0..DIM).map(|_| dice.below(2001) as f32 / 1000.0 - 1.0).collect();
        let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        values.into_iter().map(|value| value / norm).collect()
    };
    (0..NUM_TOKENS).map(vector).collect()
}

/// A batch as the children read it.
pub(crate) fn as_json(number: u64, changes: &BTreeMap<u64, Option<u64>>) -> Value {
    let upserts = changes.iter().filter_map(|(&key, version)| {
        version.map(|version| json!({"key": key, "version": version, "vectors": vectors(key, version)}))
    });
    let deletes: Vec<u64> =
        changes.iter().filter(|(_, version)| version.is_none()).map(|(&key, _)| key).collect();
    json!({"number": number, "upserts": upserts.collect::<Vec<_>>(), "deletes": deletes})
}

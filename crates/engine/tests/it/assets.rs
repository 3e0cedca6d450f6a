//! Damage to the files of what a collection has learned and measured: one of two is as good as both, and texts need neither.

use crate::support::{document, query};
use pleiad::{
    Batch, Collection, ErrorKind, RepairEvent, Schema, SearchParams, Snapshot, TokenCode, TokenEncoding,
};
use pleiad_store::repair;
use pleiad_store::testing::MemoryBackend;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

type Files = BTreeMap<String, Vec<u8>>;
type Answers = Vec<Vec<(String, u32)>>;

const DIM: usize = 8;
const NUM_DOCUMENTS: usize = 300;

/// The files of a collection that learned centroids and features and is calibrated, and what it answers.
fn sound() -> &'static (Files, Answers) {
    static SOUND: OnceLock<(Files, Answers)> = OnceLock::new();
    SOUND.get_or_init(|| {
        let folder = MemoryBackend::new();
        let mut schema = Schema::new(DIM).with_lemur(16);
        schema.tokens = TokenEncoding::new(TokenCode::Int2, Some(8)).unwrap();
        let collection = Collection::create_on(Arc::new(folder.clone()), &schema).unwrap();
        let writer = collection.writer().unwrap();
        let mut batch = Batch::new();
        for number in 0..NUM_DOCUMENTS {
            batch.upsert(document(&format!("d{number}"), 0, DIM));
        }
        writer.apply(batch).unwrap();
        writer.flush().unwrap();
        writer.tune(&[]).unwrap();
        writer.close().unwrap();
        let mut files = folder.files();
        files.remove("LOCK");
        let answers = answers(&collection.snapshot().unwrap()).unwrap();
        (files, answers)
    })
}

fn answers(snapshot: &Snapshot) -> Result<Answers, pleiad::Error> {
    let of = |seed| {
        let params = SearchParams { k: 10, exact: seed % 2 == 0, ..SearchParams::default() };
        let answer = snapshot.search(&query(seed, 4, DIM), &params)?;
        let hits = answer.hits.iter();
        Ok(hits.map(|hit| (hit.key.as_str().to_owned(), hit.score.get().to_bits())).collect())
    };
    (0..4).map(of).collect()
}

/// The files of each asset: two that were written one after the other.
fn pairs(files: &Files) -> Vec<[String; 2]> {
    let mut numbers: Vec<u64> =
        files.keys().filter_map(|name| name.strip_prefix("asset-")?.parse().ok()).collect();
    numbers.sort_unstable();
    let pairs: Vec<[String; 2]> = numbers
        .chunks(2)
        .map(|pair| {
            assert_eq!(pair[0] + 1, pair[1]);
            [0, 1].map(|at| format!("asset-{}", pair[at]))
        })
        .collect();
    assert!(pairs.len() >= 3, "features, centroids, calibration: {pairs:?}");
    pairs
}

/// Damage to a file, in parts of its length.
#[derive(Debug, Clone)]
enum Damage {
    Bit(f64, u8),
    Wreck { from: f64, num_bytes: usize, mask: u8 },
    Cut(f64),
    Longer(usize),
    Emptied,
    Gone,
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (0.0..1.0, 0u8..8).prop_map(|(at, bit)| Damage::Bit(at, bit)),
        (0.0..1.0, 1usize..5000, 1u8..).prop_map(|(from, num_bytes, mask)| Damage::Wreck {
            from,
            num_bytes,
            mask
        }),
        (0.0..1.0).prop_map(Damage::Cut),
        (1usize..300).prop_map(Damage::Longer),
        Just(Damage::Emptied),
        Just(Damage::Gone),
    ]
}

fn apply(damage: &Damage, files: &mut Files, name: &str) {
    let bytes = files.get_mut(name).unwrap();
    let at = |share: f64, bytes: &[u8]| (share * bytes.len() as f64) as usize;
    match damage {
        Damage::Bit(share, bit) => {
            let at = at(*share, bytes);
            bytes[at] ^= 1 << bit;
        }
        Damage::Wreck { from, num_bytes, mask } => {
            let from = at(*from, bytes);
            let end = bytes.len().min(from + num_bytes);
            bytes[from..end].iter_mut().for_each(|byte| *byte ^= mask);
        }
        Damage::Cut(share) => bytes.truncate(at(*share, bytes)),
        Damage::Longer(by) => bytes.extend(vec![7; *by]),
        Damage::Emptied => bytes.clear(),
        Damage::Gone => drop(files.remove(name)),
    }
}

fn check_texts(snapshot: &Snapshot) {
    for number in 0..NUM_DOCUMENTS {
        let fields = snapshot.get_fields(&format!("d{number}")).unwrap().unwrap();
        assert_eq!(fields.text.unwrap(), format!("text of d{number} at 0"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_of_two_files_answers_and_makes_the_other_again(
        which in any::<prop::sample::Index>(),
        second in any::<bool>(),
        damage in damage(),
    ) {
        let (files, expected) = sound();
        let pairs = pairs(files);
        let name = &which.get(&pairs)[usize::from(second)];
        let mut damaged = files.clone();
        apply(&damage, &mut damaged, name);
        let folder = MemoryBackend::with_files(damaged);
        let open = || Collection::open_on(Arc::new(folder.clone())).unwrap();
        let collection = open();
        prop_assert_eq!(&answers(&collection.snapshot().unwrap()).unwrap(), expected);
        prop_assert!(!collection.verify(&mut |_, _| {}).unwrap().is_clean(), "{:?} of {} is not found", damage, name);
        let report = repair(&folder, Duration::ZERO, &mut |_| {}).unwrap();
        prop_assert_eq!((report.num_lost_assets, report.num_lost_documents), (0, 0));
        prop_assert!(report.num_restored > 0);
        prop_assert!(folder.files()[name] == files[name], "another file was made");
        let collection = open();
        let verification = collection.verify(&mut |_, _| {}).unwrap();
        prop_assert!(verification.is_clean(), "{:?}", verification.findings);
        prop_assert_eq!(&answers(&collection.snapshot().unwrap()).unwrap(), expected);
    }

    #[test]
    fn with_both_damaged_texts_stay_and_nothing_is_answered_wrongly(
        which in any::<prop::sample::Index>(),
        damages in prop::array::uniform2(damage()),
    ) {
        let (files, expected) = sound();
        let pairs = pairs(files);
        let names = which.get(&pairs);
        let mut damaged = files.clone();
        names.iter().zip(&damages).for_each(|(name, damage)| apply(damage, &mut damaged, name));
        let folder = MemoryBackend::with_files(damaged);
        let collection = Collection::open_on(Arc::new(folder.clone())).unwrap();
        let snapshot = collection.snapshot().unwrap();
        check_texts(&snapshot);
        match answers(&snapshot) {
            Ok(found) => prop_assert_eq!(&found, expected),
            Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Corrupt, "{}", error),
        }
        let mut lost = Vec::new();
        let report = repair(&folder, Duration::ZERO, &mut |event| {
            if let RepairEvent::LostAsset { name, .. } = event {
                lost.push(name);
            }
        }).unwrap();
        prop_assert_eq!((report.num_lost_documents, report.num_lost_assets), (0, lost.len() as u64));
        prop_assert!(lost.len() <= 1, "only one asset was damaged: {:?}", lost);
        let collection = Collection::open_on(Arc::new(folder.clone())).unwrap();
        check_texts(&collection.snapshot().unwrap());
        let found = answers(&collection.snapshot().unwrap());
        // A calibration is measured again; without it plans are others, and so may be the hits.
        if lost.is_empty() {
            prop_assert_eq!(&found.unwrap(), expected);
        } else if let Err(error) = found {
            prop_assert_eq!(error.kind(), ErrorKind::Corrupt, "{}", error);
        }
    }
}

//! Texts and queries of the collections at hand.

use pleiad_evaluate::BeirFolder;
use std::path::{Path, PathBuf};

/// Texts that are made.
pub const NUM_TEXTS: usize = 100_000;

/// Collections in English, by folder.
const COLLECTIONS: [&str; 10] =
    ["adi", "cosqa", "cranfield", "csfcube", "medquad", "movies", "nfcorpus", "npl", "scifact", "time"];

/// Texts, and the queries of their collections.
pub struct Texts {
    pub texts: Vec<String>,
    pub queries: Vec<String>,
}

/// The folder of the collections: `PLEIAD_SHARED`, or `shared` beside the repository.
fn folder() -> PathBuf {
    let shared = std::env::var_os("PLEIAD_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| pleiad_bench_measure::machine::root().join("../shared"));
    shared.join("data/beir")
}

/// Reads all collections; where they have fewer texts than wanted, others are mixed: the first half of the words of one and
/// the second half of those of another, each pair once.
///
/// # Panics
/// When a collection cannot be read.
pub fn read() -> Texts {
    let (mut texts, mut queries) = (Vec::new(), Vec::new());
    for name in COLLECTIONS {
        read_into(&folder().join(name), &mut texts, &mut queries);
    }
    let num_read = texts.len();
    // A step that shares no factor with most numbers, so that pairs come from different collections.
    for at in 0..NUM_TEXTS.saturating_sub(num_read) {
        let (first, second) = (at % num_read, (at * 7919 + 104_729 * (1 + at / num_read)) % num_read);
        let (first, second): (Vec<&str>, Vec<&str>) =
            (texts[first].split_whitespace().collect(), texts[second].split_whitespace().collect());
        let mixed = [&first[..first.len().div_ceil(2)], &second[second.len() / 2..]].concat().join(" ");
        texts.push(mixed);
    }
    texts.truncate(NUM_TEXTS);
    Texts { texts, queries }
}

fn read_into(folder: &Path, texts: &mut Vec<String>, queries: &mut Vec<String>) {
    let mut read = || -> Result<(), pleiad_evaluate::InputError> {
        let beir = BeirFolder::open(folder)?;
        for document in beir.documents()? {
            texts.push(document?.value.title_and_text());
        }
        for query in beir.queries()?.take(200) {
            queries.push(query?.value.text);
        }
        Ok(())
    };
    read().unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
}

//! Word postings, and the stored terms that they are made of.

use pleiad_index::words::{
    Phrase, Scorer, Scratch, Statistics, StoredTerms, TermsBuilder, Words, WordsBuilder, WordsError, search,
};
use pleiad_vectors::TopK;

/// Fields of the rows.
const WEIGHTS: [f32; 2] = [2.0, 1.0];

fn row(at: u32) -> Vec<u8> {
    let mut terms = TermsBuilder::default();
    for (position, number) in (0..).zip([at % 2, at % 3, at, at * 7 % 50]) {
        terms.push((position % 2) as u16, &format!("term{number}"), position);
    }
    terms.finish(WEIGHTS.len()).expect("fields that there are")
}

pub(super) fn rows() -> Vec<Vec<u8>> {
    [0, 1, 12].map(row).into()
}

pub(super) fn terms(bytes: &[u8]) {
    let Ok(terms) = StoredTerms::read(bytes, WEIGHTS.len()) else { return };
    let mut num_terms = 0;
    let counted = terms.for_each(|term| {
        assert_eq!(term.counts.iter().sum::<u32>() as usize, term.positions.len());
        num_terms += 1;
        Ok::<_, WordsError>(())
    });
    assert!(counted.is_err() || num_terms == terms.num_terms());
    drop(Phrase::new([("term1".into(), 0), ("term2".into(), 1)]).is_in(&terms));
    if let Ok(mut builder) = WordsBuilder::new(&WEIGHTS) {
        drop(builder.push(&terms));
    }
}

pub(super) fn lists() -> Vec<Vec<u8>> {
    let built = |num_rows: u32| {
        let mut builder = WordsBuilder::new(&WEIGHTS).expect("weights");
        for at in 0..num_rows {
            let terms = row(at);
            let terms = StoredTerms::read(&terms, WEIGHTS.len()).expect("what was written");
            builder.push(&terms).expect("what was written");
        }
        builder.finish().expect("short lists")
    };
    [0, 3, 400].map(built).into()
}

pub(super) fn words(bytes: &[u8]) {
    let Ok(words) = Words::read(bytes) else { return };
    let statistics = Statistics { num_documents: 400, totals: vec![800; words.weights().len()] };
    let terms = [("term0", 1, 200), ("term1", 2, 130), ("term2", 1, 7)];
    let Ok(scorer) = Scorer::new(words.weights(), &statistics, terms) else { return };
    let mut scratch = Scratch::default();
    for required in [&[][..], &["term1", "term2"]] {
        let identify = |row: u32| {
            assert!(row < words.num_rows(), "row {row} of {}", words.num_rows());
            Ok::<_, WordsError>(Some(row))
        };
        // A damaged list is an error, and tells nothing of the others.
        drop(search(&words, &scorer, required, &mut scratch, identify, &mut TopK::new(5)));
    }
    drop(words.for_each_term(|_, _| {}));
}

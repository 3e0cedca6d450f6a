use super::*;
use crate::Stats;
use pleiad_vectors::{Ranked, Score, TopK};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A row: of each field, its terms in order.
type Row = Vec<Vec<u8>>;

fn term(number: u8) -> String {
    // Neighbors share beginnings, as words do.
    format!("{}{}", ["", "ab", "abc", "b"][usize::from(number % 4)], "z".repeat(1 + usize::from(number / 4)))
}

fn stored(row: &Row) -> Vec<u8> {
    let mut terms = TermsBuilder::default();
    for (field, numbers) in (0..).zip(row) {
        (0..).zip(numbers).for_each(|(at, &number)| terms.push(field, &term(number), at));
    }
    terms.finish(row.len()).unwrap()
}

fn built(rows: &[Row], weights: &[f32]) -> Vec<u8> {
    let mut builder = WordsBuilder::new(weights).unwrap();
    for row in rows {
        builder.push(&StoredTerms::read(&stored(row), weights.len()).unwrap()).unwrap();
    }
    builder.finish().unwrap()
}

fn statistics(rows: &[Row], num_fields: usize) -> Statistics {
    let total = |field: usize| rows.iter().map(|row| row[field].len() as u64).sum();
    Statistics { num_documents: rows.len() as u64, totals: (0..num_fields).map(total).collect() }
}

fn scorer(rows: &[Row], weights: &[f32], query: &[u8]) -> Scorer {
    let mut counts = BTreeMap::new();
    query.iter().for_each(|&number| *counts.entry(number).or_insert(0) += 1);
    let terms: Vec<(String, u32, u64)> = counts
        .into_iter()
        .map(|(number, count)| {
            let has = |row: &&Row| row.concat().contains(&number);
            (term(number), count, rows.iter().filter(has).count() as u64)
        })
        .collect();
    let terms = terms.iter().map(|(term, count, num_with)| (term.as_str(), *count, *num_with));
    Scorer::new(weights, &statistics(rows, weights.len()), terms).unwrap()
}

/// BM25F straight from the definition.
fn obvious(rows: &[Row], weights: &[f32], query: &[u8], row: &Row) -> f64 {
    let num_documents = rows.len() as f64;
    let mut score = 0.0;
    for number in query {
        let num_with = rows.iter().filter(|row| row.concat().contains(number)).count() as f64;
        let weight = (1.0 + (num_documents - num_with + 0.5) / (num_with + 0.5)).ln();
        let mut saturating = 0.0;
        for (field, field_weight) in weights.iter().enumerate() {
            let total: usize = rows.iter().map(|row| row[field].len()).sum();
            let count = row[field].iter().filter(|&other| other == number).count() as f64;
            if count > 0.0 {
                let length = row[field].len() as f64 / (total as f64 / num_documents);
                saturating += f64::from(*field_weight) * count / (0.25 + 0.75 * length);
            }
        }
        score += weight * saturating / (1.2 + saturating);
    }
    score
}

fn rows(num_fields: usize, num_terms: u8, num_rows: usize) -> impl Strategy<Value = Vec<Row>> {
    let field = prop::collection::vec((0..num_terms, 0..num_terms).prop_map(|(a, b)| a.min(b)), 0..12);
    prop::collection::vec(prop::collection::vec(field, num_fields), 0..num_rows)
}

/// The best rows of words that hold a stretch of the rows, into `top`; every `hidden`th row is hidden.
fn search_part(
    (words, first): (&Words<'_>, u32),
    scorer: &Scorer,
    required: &[&str],
    hidden: u32,
    top: &mut TopK<u32>,
) -> Stats {
    // Ids run against the rows, so that a tie broken by row would show.
    let identify = |row: u32| {
        Ok::<_, WordsError>((!(first + row).is_multiple_of(hidden)).then_some(u32::MAX - first - row))
    };
    search(words, scorer, required, &mut Scratch::default(), identify, top).unwrap()
}

proptest! {
    #[test]
    fn scores_are_those_of_the_definition(
        rows in rows(2, 14, 60), query in prop::collection::vec(0u8..16, 0..6), title_weight in 0.5f32..4.0,
    ) {
        let weights = [title_weight, 1.0];
        let scorer = scorer(&rows, &weights, &query);
        for row in &rows {
            let sum = scorer.score_row(&StoredTerms::read(&stored(row), 2).unwrap()).unwrap();
            let (found, expected) = (f64::from(scorer.score(sum)), obvious(&rows, &weights, &query, row));
            // A part is off by one unit, and by what f32 is; a unit is 2^-22 of the bound at most.
            let slack = scorer.bound() * 1e-6 + 1e-9;
            prop_assert!((found - expected).abs() <= slack * (1 + query.len()) as f64, "{found} {expected}");
            prop_assert_eq!(sum > 0, expected > 0.0);
            prop_assert!(found <= scorer.bound() * (1.0 + 1e-6) + slack);
        }
    }

    /// A range of rows is what hiding all others is, whatever blocks and windows it begins and ends in.
    #[test]
    fn a_range_of_rows_is_searched_as_if_others_were_hidden(
        rows in rows(1, 20, 700), query in prop::collection::vec(0u8..22, 0..6), k in 0usize..30,
        (start, end) in (0u32..700, 0u32..900), num_required in 0usize..3,
    ) {
        let weights = [1.5];
        let scorer = scorer(&rows, &weights, &query);
        // Several times, so that lists have several blocks, and there is more than one window.
        let repeated: Vec<Row> = std::iter::repeat_n(&rows, 9).flatten().cloned().collect();
        let range = start * 7..end * 7;
        let (bytes, required) = (built(&repeated, &weights), query.iter().take(num_required).map(|&number| term(number)));
        let (words, required) = (Words::read(&bytes).unwrap(), required.collect::<Vec<_>>());
        let required: Vec<&str> = required.iter().map(String::as_str).collect();
        let (mut found, mut expected, mut scratch) = (TopK::new(k), TopK::new(k), Scratch::default());
        let all = |row: u32| Ok::<_, WordsError>(Some(row));
        search_range(&words, &scorer, &required, range.clone(), &mut scratch, all, &mut found).unwrap();
        let own = |row: u32| Ok::<_, WordsError>(range.contains(&row).then_some(row));
        search(&words, &scorer, &required, &mut scratch, own, &mut expected).unwrap();
        prop_assert_eq!(found.into_sorted(), expected.into_sorted());
        for number in 0..22 {
            let (mut found, mut expected) = (Vec::new(), Vec::new());
            words.for_each_row_in(&term(number), range.clone(), |row| found.push(row)).unwrap();
            words.for_each_row(&term(number), |row| expected.push(row)).unwrap();
            expected.retain(|row| range.contains(row));
            prop_assert_eq!(found, expected);
        }
    }

    /// Lists find what stored terms say, to the bit, whatever the segments, for any k, with rows hidden and terms required.
    #[test]
    fn search_equals_scoring_every_row(
        rows in rows(1, 20, 700), query in prop::collection::vec(0u8..22, 0..6), k in 0usize..30, hidden in 2u32..7,
        cut in 0usize..700, num_required in 0usize..3,
    ) {
        let weights = [1.5];
        let scorer = scorer(&rows, &weights, &query);
        let required: Vec<String> = query.iter().take(num_required).map(|&number| term(number)).collect();
        let required: Vec<&str> = required.iter().map(String::as_str).collect();
        let (left, right) = rows.split_at(cut.min(rows.len()));
        let mut top = TopK::new(k);
        for (rows, first) in [(left, 0), (right, left.len() as u32)] {
            let bytes = built(rows, &weights);
            search_part((&Words::read(&bytes).unwrap(), first), &scorer, &required, hidden, &mut top);
        }
        let mut expected = TopK::new(k);
        for (at, row) in (0u32..).zip(&rows).filter(|(at, _)| !at.is_multiple_of(hidden)) {
            let has_all = query.iter().take(num_required).all(|number| row[0].contains(number));
            let sum = scorer.score_row(&StoredTerms::read(&stored(row), 1).unwrap()).unwrap();
            if sum > 0 && has_all {
                expected.push(Ranked { id: u32::MAX - at, score: Score::new(scorer.score(sum)).unwrap() });
            }
        }
        prop_assert_eq!(top.into_sorted(), expected.into_sorted());
    }

    #[test]
    fn lists_and_lengths_come_back(rows in rows(3, 30, 400)) {
        let weights = [1.0, 2.0, 0.5];
        let bytes = built(&rows, &weights);
        let words = Words::read(&bytes).unwrap();
        prop_assert_eq!((words.num_rows() as usize, words.weights()), (rows.len(), &weights[..]));
        prop_assert_eq!(words.totals(), statistics(&rows, 3).totals);
        let mut num_terms = 0;
        for number in 0..30 {
            let expected: Vec<u32> =
                (0..).zip(&rows).filter(|(_, row)| row.concat().contains(&number)).map(|(at, _)| at).collect();
            let mut found = Vec::new();
            words.for_each_row(&term(number), |row| found.push(row)).unwrap();
            prop_assert_eq!(words.num_rows_with(&term(number)).unwrap() as usize, expected.len());
            num_terms += u32::from(!expected.is_empty());
            prop_assert_eq!(found, expected);
        }
        let mut seen = Vec::new();
        words.for_each_term(|term, _| seen.push(term.to_vec())).unwrap();
        prop_assert!(seen.is_sorted() && seen.len() == num_terms as usize && words.num_terms() == num_terms);
        for (at, row) in (0..).zip(&rows) {
            let lengths: Vec<u32> = row.iter().map(|field| field.len() as u32).collect();
            prop_assert_eq!(words.row_lengths(at).unwrap().collect::<Vec<_>>(), lengths);
        }
        prop_assert!(words.row_lengths(rows.len() as u32).is_none());
    }

    #[test]
    fn a_phrase_is_in_one_field_at_its_distances(row in rows(2, 3, 2), start in 0u32..9, gap in 1u32..3) {
        let Some(row) = row.first() else { return Ok(()) };
        let phrase = Phrase::new([(term(0), start), (term(1), start + gap)]);
        let has = |field: &Vec<u8>| (0..field.len()).any(|at| {
            field[at] == 0 && field.get(at + gap as usize) == Some(&1)
        });
        let bytes = stored(row);
        prop_assert_eq!(phrase.is_in(&StoredTerms::read(&bytes, 2).unwrap()).unwrap(), row.iter().any(has));
    }

    /// Bytes that nobody wrote are refused or read as far as they go.
    #[test]
    fn damage_is_an_error_or_harmless(
        rows in rows(1, 9, 300), at: prop::sample::Index, byte: u8, cut: Option<prop::sample::Index>,
    ) {
        let mut bytes = built(&rows, &[1.0]);
        let place = at.index(bytes.len());
        bytes[place] = byte;
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let Ok(words) = Words::read(&bytes) else { return Ok(()) };
        let scorer = scorer(&rows, words.weights(), &[0, 1, 5]);
        let identify = |row: u32| Ok::<_, WordsError>(Some(row));
        let mut scratch = Scratch::default();
        if search(&words, &scorer, &[], &mut scratch, identify, &mut TopK::new(3)).is_err() {
            // A search that failed leaves nothing to the next one.
            let bytes = built(&rows, &[1.0]);
            let (words, mut top, mut clean) = (Words::read(&bytes).unwrap(), TopK::new(9), TopK::new(9));
            search(&words, &scorer, &[], &mut scratch, identify, &mut top).unwrap();
            search(&words, &scorer, &[], &mut Scratch::default(), identify, &mut clean).unwrap();
            prop_assert_eq!(top.into_sorted(), clean.into_sorted());
        }
    }
}

/// Many rows of one frequent and one rare term: blocks of the frequent one are left aside.
#[test]
fn lists_that_cannot_matter_are_not_unpacked() {
    let rows: Vec<Row> = (0..20_000u32)
        .map(|at| {
            let rare = u8::from(at.is_multiple_of(4_000)) * 7;
            vec![vec![1, 1 + rare, 2, 3]]
        })
        .collect();
    let bytes = built(&rows, &[1.0]);
    let words = Words::read(&bytes).unwrap();
    let scorer = scorer(&rows, &[1.0], &[1, 8]);
    let mut top = TopK::new(3);
    let stats = search_part((&words, 0), &scorer, &[], 20_001, &mut top);
    // All five rows of the rare term equal each other; the three with the smallest ids are the last ones.
    let ids: Vec<u32> = top.into_sorted().iter().map(|ranked| u32::MAX - ranked.id).collect();
    assert_eq!(ids, [16_000, 12_000, 8_000]);
    // Three windows are read whole before three rows of the rare term are kept; the list has 20,000 rows.
    assert!(stats.num_postings < 13_000, "{stats:?}");
}

#[test]
fn what_cannot_be_is_refused() {
    assert!(WordsBuilder::new(&[]).is_err() && WordsBuilder::new(&[0.0]).is_err());
    assert!(WordsBuilder::new(&[f32::NAN]).is_err() && WordsBuilder::new(&[1.0; 17]).is_err());
    let mut terms = TermsBuilder::default();
    terms.push(1, "x", 0);
    assert!(matches!(terms.finish(1), Err(WordsError::Fields { .. })));
    let mut terms = TermsBuilder::default();
    terms.push(0, &"x".repeat(MAX_TERM_BYTES + 1), 0);
    assert!(matches!(terms.finish(1), Err(WordsError::TooMany { .. })));
    let none = TermsBuilder::default().finish(2).unwrap();
    assert!(none.is_empty() && StoredTerms::read(&none, 2).unwrap().num_terms() == 0);
    assert!(StoredTerms::read(&[2, 0, 0], 1).is_err(), "another version");
    assert_eq!(
        Words::read(b"PLWORDS1").unwrap_err().to_string(),
        "these are no word postings: their head does not fit their bytes"
    );
}

/// Stored bytes have to be read for ever: a change of these bytes is a new version.
#[test]
fn stored_bytes_stay_what_they_are() {
    let mut terms = TermsBuilder::default();
    for (field, term, at) in [(0, "foxes", 3), (1, "fox", 0), (0, "fox", 1)] {
        terms.push(field, term, at);
    }
    let bytes = terms.finish(2).unwrap();
    let expected: &[u8] = &[1, 2, 2, 1, 0, 3, b'f', b'o', b'x', 1, 1, 1, 0, 3, 2, b'e', b's', 1, 3, 0];
    assert_eq!(bytes, expected);
    let rows: Vec<Row> =
        (0..300u32).map(|at| vec![vec![(at % 3) as u8, 7], vec![(at * at % 11) as u8]]).collect();
    let bytes = built(&rows, &[2.0, 1.0]);
    // FNV-1a.
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, step);
    assert_eq!((bytes.len(), hash), (4137, 165_349_409_885_354_704));
}

use super::*;
use crate::synthetic::SyntheticError;

fn params() -> SyntheticParams {
    SyntheticParams { num_words: 500, ..SyntheticParams::passages(4000) }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn maxsim(query: &Query, document: &MultiVector) -> f32 {
    let best = |q: &[f32]| document.rows().map(|d| cosine(q, d)).fold(f32::MIN, f32::max);
    query.vectors().data().chunks_exact(document.dim()).map(best).sum()
}

/// Mean cosine of first tokens.
fn mean_cosine(params: SyntheticParams) -> f32 {
    let sets = Synthetic::new(params).unwrap();
    let first: Vec<Vec<f32>> = sets.documents(0..60).map(|d| d.data()[..d.dim()].to_vec()).collect();
    let pairs = first.iter().enumerate().flat_map(|(i, a)| first[..i].iter().map(|b| cosine(a, b)));
    pairs.clone().sum::<f32>() / pairs.count() as f32
}

#[test]
fn documents_depend_on_seed_and_number_alone() {
    let sets = Synthetic::new(params()).unwrap();
    let block: Vec<MultiVector> = sets.documents(3990..4000).collect();
    assert_eq!(block[7], Synthetic::new(params()).unwrap().document(3997));
    assert_ne!(block[7], block[8]);
    let other = Synthetic::new(SyntheticParams { seed: Seed(2), ..params() }).unwrap();
    assert_ne!(block[7], other.document(3997));
    assert_eq!(sets.query(5, 8), sets.query(5, 8));
    assert_eq!((block[0].num_tokens(), block[0].dim(), block.len()), (32, 96, 10));
}

#[test]
fn tokens_have_unit_length() {
    let sets = Synthetic::new(params()).unwrap();
    for row in sets.document(0).rows() {
        assert!((cosine(row, row) - 1.0).abs() < 1e-5);
    }
}

#[test]
fn the_common_direction_is_as_strong_as_asked() {
    assert!(mean_cosine(params()).abs() < 0.1);
    let strong = mean_cosine(SyntheticParams { common: 3.0, ..params() });
    let expected = 9.0 / (1.0 + 0.64 + 9.0);
    assert!((strong - expected).abs() < 0.05, "{strong}, not {expected}");
}

#[test]
fn queries_find_their_document_among_others() {
    for common in [0.0, 2.0] {
        let sets = Synthetic::new(SyntheticParams { num_documents: 300, common, ..params() }).unwrap();
        let documents: Vec<MultiVector> = sets.documents(0..300).collect();
        let found = (0..20).filter(|&number| {
            let SyntheticQuery { query, source } = sets.query(number, 16);
            let own = maxsim(&query, &documents[source as usize]);
            let better = documents.iter().filter(|d| maxsim(&query, d) > own).count();
            better < 10
        });
        assert!(found.count() >= 18, "with a common direction of {common}");
    }
}

#[test]
fn few_words_and_many_topics_are_fine() {
    let odd =
        SyntheticParams { num_words: 1, num_topics: 9, dim: 1, num_tokens: 1, num_documents: 1, ..params() };
    let sets = Synthetic::new(odd).unwrap();
    assert_eq!(sets.document(0).num_tokens(), 1);
    assert_eq!(sets.query(0, 3).source, 0);
}

#[test]
fn errors_name_the_parameter() {
    let refused = |params| Synthetic::new(params).err().expect("refused").to_string();
    assert_eq!(refused(SyntheticParams { dim: 5000, ..params() }), "dim is 5000, outside 1..=4096");
    assert!(refused(SyntheticParams { num_words: 0, ..params() }).starts_with("num_words is 0"));
    assert!(refused(SyntheticParams { spread: f32::NAN, ..params() }).starts_with("spread is NaN"));
    let long = SyntheticParams { common: -1.0, ..params() };
    assert!(matches!(Synthetic::new(long).err(), Some(SyntheticError::Length { .. })));
}

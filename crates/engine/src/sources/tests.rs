//! Each source under a mask, against brute force over the documents of the mask.

use super::*;
use crate::answer::SearchStats;
use crate::calibration::CalibratedRanking;
use crate::row_mask::DocumentMask;
use crate::snapshot::DocAddress;
use crate::{
    Batch, Collection, DocKey, Document, FdeParams, MultiVector, Query, Schema, SentenceSchema, Snapshot,
};
use pleiad_compress::quantize::FdeScorer;
use pleiad_vectors::Seed;
use proptest::prelude::*;
use roaring::RoaringBitmap;

const DIM: usize = 64;

/// Unit vectors that depend on a number: a document's own tokens find it before all others.
fn vectors(seed: u64, num_tokens: usize, dim: usize) -> MultiVector {
    let mut generator = Seed(seed).generator();
    let mut data: Vec<f32> = (0..num_tokens * dim).map(|_| generator.gaussian()).collect();
    for row in data.chunks_mut(dim) {
        let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
        row.iter_mut().for_each(|value| *value /= length);
    }
    MultiVector::new(data, dim).unwrap()
}

fn batch(numbers: std::ops::Range<u64>, num_tokens: usize, dim: usize) -> Batch {
    let mut batch = Batch::new();
    for at in numbers {
        batch.upsert(Document::new(format!("d{at}"), vectors(at, num_tokens, dim)).unwrap());
    }
    batch
}

/// The documents of some rows, of which there are as many of a hundred as `density` says.
fn masked(snapshot: &Snapshot, density: u64, seed: u64) -> DocumentMask<'_> {
    let mut mask = DocumentMask::live(&snapshot.view);
    for (at, part) in (0..).zip(snapshot.view.parts()) {
        let mut generator = Seed(seed).derive(u64::from(at)).generator();
        let rows: RoaringBitmap = (0..part.num_rows()).filter(|_| generator.below(100) < density).collect();
        mask = mask.and(at, &rows);
    }
    mask
}

fn lists(context: SearchContext<'_>, source: PlanSource) -> Vec<Vec<DocAddress>> {
    let budget = source.budget().unwrap_or(usize::MAX);
    source.implementation().candidates(context, budget, &mut SearchStats::default()).unwrap()
}

/// The documents of the mask by the scores of a function, ties by id.
fn sorted(context: SearchContext<'_>, mut score: impl FnMut(&DocAddress) -> f32) -> Vec<DocAddress> {
    let documents = context.mask.documents(context.snapshot).unwrap();
    let mut scored: Vec<(f32, DocAddress)> = documents.into_iter().map(|at| (score(&at), at)).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    scored.into_iter().map(|(_, location)| location).collect()
}

fn fde_scorer(context: SearchContext<'_>) -> FdeScorer {
    let field = context.field;
    let fde = field.encoding.encode_query(&context.snapshot.view, context.query.vectors()).unwrap();
    FdeScorer::new(&field.fde_code, &fde, field.isa).unwrap()
}

/// One whole FDE code's score.
fn whole_score<'a>(context: SearchContext<'a>, scorer: &'a FdeScorer) -> impl Fn(&DocAddress) -> f32 + 'a {
    |at| {
        let mut score = [0.0];
        scorer.score_rows(context.snapshot.fde_code(*at).unwrap(), &mut score);
        score[0]
    }
}

/// Two segments with postings, deleted rows, and a part without postings.
fn with_postings(folder: &std::path::Path) -> Collection {
    let collection = Collection::create(folder.join("c"), &Schema::new(DIM)).unwrap();
    let writer = collection.writer().unwrap();
    for start in [0, 300] {
        writer.apply(batch(start..start + 300, 8, DIM)).unwrap();
        writer.flush().unwrap();
    }
    writer.tune(&(0..40).map(|at| Query::new(vectors(at * 9, 8, DIM))).collect::<Vec<_>>()).unwrap();
    let mut more = batch(600..650, 8, DIM);
    (0..600).step_by(7).for_each(|at| _ = more.delete(DocKey::new(format!("d{at}")).unwrap()));
    writer.apply(more).unwrap();
    drop(writer);
    collection
}

#[test]
fn candidates_and_ranks_are_those_of_brute_force_over_the_mask() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = with_postings(folder.path()).snapshot().unwrap();
    assert!(snapshot.view.parts().len() > 1);
    let sources = measurable(&snapshot, CalibratedRanking::Vectors).unwrap();
    assert!(sources.iter().any(|source| matches!(source, PlanSource::Postings { .. })), "{sources:?}");
    let live = DocumentMask::live(&snapshot.view);
    proptest!(ProptestConfig::with_cases(24), |(density in 0u64..101, seed: u64, budget in 0usize..700)| {
        let query = &Query::new(vectors(seed % 650, 5, DIM));
        let mask = &masked(&snapshot, density, seed);
        let field = snapshot.field();
        let context = SearchContext { snapshot: &snapshot, field, query, words: None, sentence: None, mask };
        let all = mask.documents(&snapshot).unwrap();
        prop_assert_eq!(lists(context, PlanSource::Exact), vec![all.clone()]);
        prop_assert_eq!(lists(context, PlanSource::CodeScan), vec![all.clone()]);
        let scorer = fde_scorer(context);
        let by_fde = sorted(context, whole_score(context, &scorer));
        let scan = PlanSource::FdeScan { num_candidates: budget, coarse_factor: None };
        prop_assert_eq!(&lists(context, scan), &[by_fde[..budget.min(by_fde.len())].to_vec()]);
        for source in sources.iter().filter(|source| matches!(source, PlanSource::Postings { .. })) {
            // Without a mask and a limit the lists have every document that the source names, in its order.
            let everywhere = lists(SearchContext { mask: &live, ..context }, source.with_budget(10_000));
            let hit = |at: &&DocAddress| mask.part(at.part).contains(at.row);
            let expected: Vec<DocAddress> = everywhere[0].iter().filter(hit).take(budget).copied().collect();
            prop_assert_eq!(&lists(context, source.with_budget(budget))[0], &expected);
        }
        let rankings = SourceRankings::new(context, &sources).unwrap();
        for (source, (ranks, _)) in sources.iter().zip(rankings.ranks(&all).unwrap()) {
            let list = &lists(context, source.with_budget(10_000))[0];
            for (at, rank) in all.iter().zip(ranks) {
                let place = list.iter().position(|known| known == at);
                let is_same = place.is_none_or(|place| place == rank as usize);
                prop_assert!(is_same, "{:?} {:?}: {:?} {}", source, at, place, rank);
            }
        }
    });
}

#[test]
fn coarse_codes_choose_among_the_documents_of_the_mask() {
    let folder = tempfile::tempdir().unwrap();
    let fde =
        FdeParams { repetitions: 128, simhash_projections: 2, projection_dim: None, ..Schema::fde_params(4) };
    let collection = Collection::create(folder.path().join("c"), &Schema::new(4).with_fde(fde)).unwrap();
    let writer = collection.writer().unwrap();
    writer.apply(batch(0..9000, 1, 4)).unwrap();
    let mut deleted = Batch::new();
    (0..9000).step_by(13).for_each(|at| _ = deleted.delete(DocKey::new(format!("d{at}")).unwrap()));
    writer.flush().unwrap();
    writer.apply(deleted).unwrap();
    writer.close().unwrap();
    let snapshot = collection.snapshot().unwrap();
    assert_eq!(snapshot.auxiliary_indexes().unwrap(), [AuxiliaryIndex::CoarseFdes]);
    proptest!(ProptestConfig::with_cases(8), |(density in 0u64..101, seed: u64, budget in 0usize..90)| {
        let query = &Query::new(vectors(seed, 3, 4));
        let mask = &masked(&snapshot, density, seed);
        let field = snapshot.field();
        let context = SearchContext { snapshot: &snapshot, field, query, words: None, sentence: None, mask };
        let scorer = fde_scorer(context);
        let coarse = scorer.coarse().unwrap();
        let by_coarse = sorted(context, |at| {
            let (mut code, mut score) = (Vec::new(), [0.0]);
            coarse.codec().take(snapshot.fde_code(*at).unwrap(), &mut code);
            coarse.score_rows(&code, &mut score);
            score[0]
        });
        let chosen = &by_coarse[..by_coarse.len().min(budget * 16)];
        let whole = whole_score(context, &scorer);
        let expected: Vec<DocAddress> = sorted(context, whole).into_iter().filter(|at| chosen.contains(at)).take(budget).collect();
        let source = PlanSource::FdeScan { num_candidates: budget, coarse_factor: Some(16) };
        prop_assert_eq!(lists(context, source), vec![expected]);
    });
}

#[test]
fn sentence_vectors_are_ranked_by_their_codes_under_a_mask() {
    let folder = tempfile::tempdir().unwrap();
    let schema = Schema { sentence: Some(SentenceSchema { dim: 40 }), ..Schema::new(8) };
    let collection = Collection::create(folder.path().join("c"), &schema).unwrap();
    let writer = collection.writer().unwrap();
    for start in [0, 300, 600] {
        let mut batch = Batch::new();
        for at in start..start + 300 {
            let document = Document::new(format!("d{at}"), vectors(at, 2, 8)).unwrap();
            // Every vector comes twice, so that ties are common.
            let sentence = vectors(at / 2, 1, 40).data().to_vec();
            batch.upsert(document.with_sentence(sentence).unwrap());
            if at % 7 == 3 {
                batch.delete(DocKey::new(format!("d{}", at - 1)).unwrap());
            }
        }
        writer.apply(batch).unwrap();
        if start < 600 {
            writer.flush().unwrap();
        }
    }
    let snapshot = writer.snapshot();
    proptest!(ProptestConfig::with_cases(24), |(density in 0u64..101, seed: u64, budget in 0usize..400)| {
        let (query, asked) = (&Query::new(vectors(seed, 3, 8)), vectors(seed, 1, 40));
        let (mask, field) = (&masked(&snapshot, density, seed), snapshot.field());
        let context = SearchContext { snapshot: &snapshot, field, query, words: None, sentence: Some(asked.data()), mask };
        let sentence = snapshot.shared.sentence.as_ref().unwrap();
        let mut scorer = sentence.scorer(asked.data(), field.isa).unwrap();
        let by_code = sorted(context, |at| {
            let mut score = [0.0];
            scorer.score_rows(snapshot.column(*at, sentence.column).unwrap(), &mut score);
            score[0]
        });
        let source = PlanSource::Sentence { num_candidates: budget };
        prop_assert_eq!(&lists(context, source)[0], &by_code[..budget.min(by_code.len())]);
        let (ranks, _) = source.implementation().ranking(context).unwrap().ranks(source, &by_code[..by_code.len().min(50)]).unwrap();
        prop_assert_eq!(ranks, (0..by_code.len().min(50) as u32).collect::<Vec<_>>());
        prop_assert_eq!(lists(SearchContext { sentence: None, ..context }, source), vec![Vec::new()]);
    });
}

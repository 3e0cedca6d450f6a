use super::params::MIN_CANDIDATES;
use super::*;
use crate::sources::AuxiliaryIndex;
use crate::{ErrorKind, QueryOrigin};
use proptest::prelude::*;

fn params(k: usize, num_candidates: Option<usize>, num_reranked: Option<usize>) -> SearchParams {
    SearchParams { k, num_candidates, num_reranked, ..Default::default() }
}

fn context(num_documents: u64, codes_are_cheap: bool) -> PlanContext<'static> {
    PlanContext {
        num_documents,
        num_query_tokens: 8,
        codes_are_cheap,
        available: &[],
        calibration: None,
        trusts_filtered: true,
    }
}

#[test]
fn budgets_left_out_are_filled_in() {
    for cheap in [true, false] {
        for (k, given, reranked) in
            [(10, None, None), (10, Some(20), None), (1000, None, None), (3, None, Some(5000))]
        {
            let plan = params(k, given, reranked).plan(context(1 << 40, cheap)).unwrap();
            let [PlanSource::FdeScan { num_candidates, .. }] = plan.sources[..] else { panic!("{plan}") };
            assert!(num_candidates >= plan.num_reranked && plan.num_reranked >= k, "{plan}");
            assert_eq!(given.unwrap_or(num_candidates), num_candidates);
            assert_eq!(reranked.unwrap_or(plan.num_reranked), plan.num_reranked);
        }
    }
}

fn scan(num_candidates: usize) -> PlanSource {
    PlanSource::FdeScan { num_candidates, coarse_factor: None }
}

#[test]
fn coarse_codes_are_scanned_first_where_there_are_any() {
    let context = PlanContext { available: &[AuxiliaryIndex::CoarseFdes], ..context(100_000, true) };
    let plan = params(10, Some(100), None).plan(context).unwrap();
    assert_eq!(plan.sources, [PlanSource::FdeScan { num_candidates: 100, coarse_factor: Some(32) }]);
    assert!(plan.to_string().contains("by coarse codes → 3200 by whole ones → 100 candidates"), "{plan}");
    // What an older release wrote has one level.
    let stored = r#"{"source":"fde_scan","num_candidates":7}"#;
    assert_eq!(serde_json::from_str::<PlanSource>(stored).unwrap(), scan(7));
}

#[test]
fn small_collections_are_not_searched_for_candidates() {
    let plan = |num_documents, cheap| {
        let plan = params(10, None, None).plan(context(num_documents, cheap)).unwrap();
        (plan.sources[0], plan.num_reranked)
    };
    assert_eq!(plan(20, true), (PlanSource::Exact, 20));
    assert_eq!(plan(500, true), (PlanSource::CodeScan, 32));
    assert_eq!(plan(500, false), (PlanSource::Exact, 500));
    assert_eq!(plan(5000, true), (scan(MIN_CANDIDATES), 32));
    assert_eq!(plan(5000, false), (scan(MIN_CANDIDATES), MIN_CANDIDATES));
}

#[test]
fn a_recall_without_a_calibration_is_met_by_an_exact_search() {
    let params = SearchParams { recall: Some(0.5), ..Default::default() };
    let plan = params.plan(context(100_000, true)).unwrap();
    assert_eq!((plan.is_exact(), plan.expected_recall()), (true, Some(1.0)));
    assert!(plan.basis.to_string().contains("not calibrated"), "{}", plan.basis);
    let overruled = SearchParams { num_candidates: Some(100), ..params };
    let plan = overruled.plan(context(100_000, true)).unwrap();
    assert_eq!((plan.is_exact(), plan.expected_recall(), plan.basis), (false, None, PlanOrigin::Requested));
}

#[test]
fn impossible_params_are_refused() {
    let wrong = [
        params(0, None, None),
        params((1 << 20) + 1, None, None),
        params(10, Some(5), None),
        params(10, Some(20), Some(30)),
        params(10, None, Some(9)),
        SearchParams { exact: true, ..params(10, Some(10), None) },
        SearchParams { recall: Some(1.01), ..params(10, None, None) },
        SearchParams { recall: Some(f64::NAN), ..params(10, None, None) },
        SearchParams { audit_every: Some(0), ..params(10, None, None) },
    ];
    for params in wrong {
        let error = params.plan(context(1000, true)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{params:?}");
    }
}

fn bases() -> impl Strategy<Value = PlanOrigin> {
    prop_oneof![
        Just(PlanOrigin::Requested),
        Just(PlanOrigin::Defaults),
        (0.0..=1.0, any::<bool>())
            .prop_map(|(recall, is_calibrated)| PlanOrigin::Unreachable { recall, is_calibrated }),
        (0.0..=1.0, 0.0..=1.0, prop::option::of((0.0..=1.0, 0.0..=1.0)), any::<u16>(), any::<u32>())
            .prop_map(|(promised, expected, interval, queries, documents)| PlanOrigin::Calibration {
                promised,
                expected,
                interval,
                origin: QueryOrigin::Observed,
                num_queries: queries.into(),
                query_tokens: interval.map(|_| (3, 4)),
                num_documents: documents.into(),
                filtered: documents % 3 == 0,
            }),
    ]
}

fn sources() -> impl Strategy<Value = Vec<PlanSource>> {
    let scan = (1usize..1 << 30, prop::option::of(1u32..100))
        .prop_map(|(num_candidates, coarse_factor)| PlanSource::FdeScan { num_candidates, coarse_factor });
    let postings = (1usize..64, 1usize..1 << 30)
        .prop_map(|(num_probes, num_candidates)| PlanSource::Postings { num_probes, num_candidates });
    prop_oneof![
        Just(vec![PlanSource::Exact]),
        Just(vec![PlanSource::CodeScan]),
        prop::collection::vec(prop_oneof![scan, postings], 1..3),
    ]
}

proptest! {
    #[test]
    fn plans_survive_being_written(
        num_documents in 0u64..1 << 40, k in 1usize..1000, num_reranked in 1usize..1 << 20,
        sources in sources(), basis in bases(),
    ) {
        let num_matched = (k % 2 == 0).then_some(num_documents / 2);
        let depths = [10, 30].map(|left_out| FilterDepth { left_out, factor: 1.25 })[..k % 3].to_vec();
        let plan = Plan { num_documents, num_matched, sources, num_reranked, k, basis, is_fused: false, depths, sets: Vec::new() };
        let json = serde_json::to_string(&plan).unwrap();
        prop_assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
    }
}

//! BM25 against the figures that are recorded beside the collections.

use crate::beir::shared;
use pleiad_evaluate::{BeirFolder, Bm25, Metric, evaluate};

#[test]
fn bm25_has_its_recorded_quality() {
    // In hundredths.
    for (name, ndcg, recall) in
        [("adi", 48.3, 91.0), ("cranfield", 36.0, 73.1), ("nfcorpus", 31.8, 24.7), ("scifact", 67.9, 91.3)]
    {
        let folder = BeirFolder::open(shared("data/beir").join(name)).unwrap();
        let qrels = folder.qrels("test").unwrap();
        let run = Bm25::read(&folder).unwrap().run(&folder.judged_queries(&qrels).unwrap(), 100);
        let found = evaluate(&qrels, &run, &[Metric::Ndcg(10), Metric::Recall(100)]);
        for (mean, recorded) in found.means.iter().zip([ndcg, recall]) {
            assert!(
                (100.0 * mean - recorded).abs() < 0.2,
                "{name}: {:?}, recorded {ndcg} {recall}",
                found.means
            );
        }
    }
}

//! The smallest real collection, read as its README describes it.

use pleiad_evaluate::BeirFolder;
use std::path::PathBuf;

/// A path below the folder of shared data: `PLEIAD_SHARED`, or `shared` beside the repository.
pub(crate) fn shared(path: &str) -> PathBuf {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("PLEIAD_SHARED").map_or(beside, PathBuf::from).join(path);
    assert!(path.exists(), "{} is missing: set PLEIAD_SHARED to the folder of shared data", path.display());
    path
}

#[test]
fn plain_and_compressed_collections_have_their_counts() {
    for (name, num_documents, num_queries, num_judgments) in
        [("adi", 82, 35, 170), ("cranfield", 1400, 225, 1612), ("nfcorpus", 3633, 323, 12334)]
    {
        let beir = BeirFolder::open(shared("data/beir").join(name)).unwrap();
        let qrels = beir.qrels("test").unwrap();
        assert_eq!(qrels.queries().map(|(_, judgments)| judgments.len()).sum::<usize>(), num_judgments);
        assert_eq!(beir.judged_queries(&qrels).unwrap().len(), num_queries);
        let keys: Vec<String> = beir.documents().unwrap().map(|line| line.unwrap().value.key).collect();
        assert_eq!(keys.len(), num_documents, "{name}");
    }
}

#[test]
fn only_judged_queries_are_run() {
    let beir = BeirFolder::open(shared("data/beir/scifact")).unwrap();
    let test = beir.judged_queries(&beir.qrels("test").unwrap()).unwrap();
    assert_eq!((beir.queries().unwrap().count(), test.len()), (1409, 300));
}

//! Judged collections: documents, queries, judgments and runs, plain or compressed.

use super::vectors::with_file;
use pleiad_encode::import::VectorRecord;
use pleiad_evaluate::{BeirQuery, Document, JsonLines, Qrels, Run};
use serde_json::{Map, Value};
use std::io::Cursor;

/// Reads every line as each kind of record.
pub(super) fn json_lines(bytes: &[u8]) {
    drain::<Document>(bytes);
    drain::<BeirQuery>(bytes);
    drain::<VectorRecord>(bytes);
    drain::<Map<String, Value>>(bytes);
}

fn drain<T: serde::de::DeserializeOwned>(bytes: &[u8]) {
    let Ok(lines) = JsonLines::<T>::from_reader("lines", Cursor::new(bytes.to_vec())) else { return };
    for error in lines.filter_map(Result::err) {
        assert!(!error.to_string().is_empty(), "an error without words");
    }
}

pub(super) fn qrels(bytes: &[u8]) {
    with_file("test.tsv", bytes, |path| drop(Qrels::open(path)));
}

/// Checks that what is read can be written, or that its keys hold what the format cannot say.
pub(super) fn run(bytes: &[u8]) {
    with_file("run.txt", bytes, |path| {
        if let Ok(run) = Run::open(path) {
            let mut again = Vec::new();
            if run.write_to(&mut again, "tag").is_ok() {
                assert_eq!(again.is_empty(), run.queries().len() == 0);
            }
        }
    });
}

pub(super) fn corpora() -> Vec<Vec<u8>> {
    let lines = b"{\"_id\": \"1\", \"title\": \"A\", \"text\": \"some words\", \"n\": 3}\n\n{\"id\": 2, \"text\": \"q\\u00e9\"}\r\n{\"key\": \"v\", \"vectors\": [[1, 0], [0, 1]]}\n";
    vec![
        lines.to_vec(),
        include_bytes!("../../seeds/lines.jsonl.gz").to_vec(),
        include_bytes!("../../seeds/lines.jsonl.zst").to_vec(),
    ]
}

pub(super) fn judgments() -> Vec<Vec<u8>> {
    vec![b"query-id\tcorpus-id\tscore\nq1\td 1\t2\nq1\td2\t0\n".to_vec(), b"q1 0 d1 1\nq1 0 d2 -1\n".to_vec()]
}

pub(super) fn runs() -> Vec<Vec<u8>> {
    vec![b"q1 Q0 d1 1 12.5 tag\nq1 Q0 d2 2 12.25 tag\nq2 Q0 d1 1 -3e-2 tag\n".to_vec()]
}

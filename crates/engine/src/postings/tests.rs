use super::{MIN_ROWS, PostingCentroids, build, of_part};
use crate::{Batch, Collection, DocKey, Document, MultiVector, Query, Schema, Snapshot, Writer};
use pleiad_vectors::Seed;

/// Values enough for a scan of all codes to cost more than a look into postings.
const DIM: usize = 64;

/// Unit vectors, so that a document's own tokens find it before all others.
fn vectors(seed: u64) -> MultiVector {
    let mut generator = Seed(seed).generator();
    let num_tokens = 8 + seed as usize % 7;
    let mut data: Vec<f32> = (0..num_tokens * DIM).map(|_| generator.gaussian()).collect();
    for row in data.chunks_mut(DIM) {
        let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
        row.iter_mut().for_each(|value| *value /= length);
    }
    MultiVector::new(data, DIM).unwrap()
}

fn add(writer: &Writer, numbers: std::ops::Range<u64>) {
    let mut batch = Batch::new();
    for at in numbers {
        batch.upsert(Document::new(format!("d{at}"), vectors(at)).unwrap());
    }
    writer.apply(batch).unwrap();
}

/// The centroids of each token of each live row, met one by one.
fn obvious(snapshot: &Snapshot, part: usize, centroids: &PostingCentroids) -> Vec<Vec<u32>> {
    let view = &snapshot.view.parts()[part];
    let codec = snapshot.token_codec().unwrap();
    let of_row = |row: u32| {
        let mut values = Vec::new();
        codec.decode(view.column(snapshot.field().columns.tokens, row).unwrap(), &mut values).unwrap();
        let mut found: Vec<u32> = values.chunks(DIM).flat_map(|token| centroids.nearest(token)).collect();
        found.sort_unstable();
        found.dedup();
        if view.is_deleted(row) { Vec::new() } else { found }
    };
    (0..view.num_rows()).map(of_row).collect()
}

#[test]
fn merged_postings_are_those_of_the_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let collection = Collection::create(folder.path().join("c"), &Schema::new(DIM)).unwrap();
    let writer = collection.writer().unwrap();
    add(&writer, 0..400);
    writer.flush().unwrap();
    let queries: Vec<Query> = (0..40).map(|at| Query::new(vectors(at * 9))).collect();
    writer.tune(&queries).unwrap();
    // A segment without postings, for it is too small, and rows that are gone from the other one.
    add(&writer, 400..400 + u64::from(MIN_ROWS) / 2);
    let mut batch = Batch::new();
    for at in (0..400).step_by(3) {
        batch.delete(DocKey::new(format!("d{at}")).unwrap());
    }
    writer.apply(batch).unwrap();
    writer.compact().unwrap();
    let snapshot = writer.snapshot();
    let centroids =
        snapshot.field().posting_centroids(&snapshot.view).unwrap().expect("the plans look into postings");
    let (field, part) = (snapshot.field(), &snapshot.view.parts()[0]);
    assert_eq!(part.num_rows(), 266 + MIN_ROWS / 2);
    let postings = of_part(field, part, &centroids).unwrap().expect("the merged segment has postings");
    let found = postings.row_centroids(0).unwrap();
    for (row, expected) in (0..).zip(obvious(&snapshot, 0, &centroids)) {
        assert_eq!(found.of(row), expected, "row {row}");
    }
    // Whether they are listed or met again, the bytes are the same.
    let again =
        build(field, snapshot.token_codec().unwrap(), &centroids, std::slice::from_ref(part), true).unwrap();
    assert_eq!(part.attachment(&field.names.postings).unwrap().bytes().unwrap(), again);
}

#[test]
fn the_number_of_centroids_grows_with_the_root_of_tokens() {
    let wanted = [0, 1, 1 << 10, 1 << 16, 1 << 20, 1 << 24, u64::MAX];
    let wanted = |max_tokens| wanted.map(|num_tokens| PostingCentroids::wanted(num_tokens, max_tokens));
    assert_eq!(wanted(u64::MAX), [256, 256, 256, 2048, 8192, 16_384, 16_384]);
    assert_eq!(wanted(65_000), [256, 256, 256, 2048, 2048, 2048, 2048], "16 tokens for each are in memory");
    assert_eq!(wanted(0), [256; 7]);
}

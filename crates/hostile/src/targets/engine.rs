//! The engine, given a manifest's schema, and of columns that no engine wrote.

use pleiad::{Collection, FdeParams, MultiVector, Query, Schema, SearchParams};
use pleiad_store::testing::MemoryBackend;
use pleiad_store::{Layout, Operation, Options, Store, StoreWriter};
use std::sync::Arc;

/// The largest matrices that a schema may ask for: 1,024 repetitions of 20 planes of 4,096 values, and as many signs.
pub(super) const MAX_MATRIX_BYTES: usize = 1 << 30;

const DIM: usize = 4;

fn sound_schema() -> Schema {
    let params = FdeParams { repetitions: 2, simhash_projections: 2, ..Schema::fde_params(DIM) };
    Schema::new(DIM).with_fde(params)
}

/// A sound collection's layout, as the engine made it.
fn layout() -> Layout {
    let folder = MemoryBackend::new();
    let created = Collection::create_on(Arc::new(folder.clone()), &sound_schema());
    created.unwrap_or_else(|error| panic!("a collection in memory cannot be made: {error}"));
    let view = Store::open(Arc::new(folder)).and_then(|store| store.view());
    view.map_or_else(|error| panic!("it cannot be read: {error}"), |view| view.layout().clone())
}

pub(super) fn schemas() -> Vec<Vec<u8>> {
    let reduced = String::from_utf8_lossy(layout().schema()).replacen(
        "\"dim\"",
        "\"reduction\":{\"name\":\"ward\",\"factor\":2},\"dim\"",
        1,
    );
    let around =
        String::from_utf8_lossy(layout().schema()).replacen("\"int8\"", "\"int2\",\"centroids\":4", 1);
    let trained = String::from_utf8_lossy(layout().schema()).replacen(
        "\"fde_code\"",
        "\"lemur\":{\"num_features\":8,\"num_samples\":64,\"form\":\"trained\",\"seed\":1},\"fde_code\"",
        1,
    );
    vec![layout().schema().to_vec(), reduced.into_bytes(), around.into_bytes(), trained.into_bytes()]
}

/// Opens a collection whose manifest holds this schema.
pub(super) fn schema(bytes: &[u8]) {
    let folder = MemoryBackend::new();
    let Ok(layout) = Layout::new(layout().columns().to_vec(), bytes.to_vec()) else { return };
    if Store::create(&folder, layout).is_ok()
        && let Err(error) = Collection::open_on(Arc::new(folder))
    {
        assert!(!error.to_string().is_empty(), "an error without words");
    }
}

/// Two rows: codes, tokens, text and attributes, each behind its length.
pub(super) fn rows() -> Vec<Vec<u8>> {
    let token = [200, 128, 90, 130];
    let tokens = [token.repeat(3), [0x00, 0x3c].repeat(3)].concat();
    let columns: [&[u8]; 4] = [&[0x55; 18], &tokens, b"\x01some text", br#"{"year": 3}"#];
    let row = columns.map(|column| [&[column.len() as u8][..], column].concat()).concat();
    vec![row.repeat(2), row]
}

fn split(mut bytes: &[u8], layout: &Layout) -> Vec<Vec<Vec<u8>>> {
    let mut rows = Vec::new();
    while !bytes.is_empty() && rows.len() < 50 {
        let row = layout.columns().iter().map(|column| {
            let length = bytes.split_off_first().map_or(0, |&length| usize::from(length)).min(bytes.len());
            let (value, rest) = bytes.split_at(length);
            bytes = rest;
            let mut value = value.to_vec();
            if let Some(width) = column.width {
                value.resize(width as usize, 0x55);
            }
            value
        });
        rows.push(row.collect());
    }
    rows
}

/// Reads, searches, explains, counts and checks documents of these columns.
pub(super) fn columns(bytes: &[u8]) {
    let layout = layout();
    let rows = split(bytes, &layout);
    let folder = MemoryBackend::new();
    let filled = Store::create(&folder, layout).and_then(|()| {
        let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default())?;
        let operations: Vec<_> = (0..)
            .zip(rows)
            .map(|(number, columns): (u32, _)| Operation::Upsert { key: format!("key-{number}"), columns })
            .collect();
        writer.commit(&operations)?;
        writer.close()
    });
    filled.unwrap_or_else(|error| panic!("rows in memory cannot be stored: {error}"));
    let collection = Collection::open_on(Arc::new(folder));
    let collection = collection.unwrap_or_else(|error| panic!("it cannot be opened: {error}"));
    let snapshot = collection.snapshot().unwrap_or_else(|error| panic!("no snapshot: {error}"));
    snapshot.documents().for_each(drop);
    drop(snapshot.info());
    drop(collection.verify(&mut |_, _| {}));
    let Ok(query) = MultiVector::new(vec![0.5; 2 * DIM], DIM).map(Query::new) else { return };
    for params in [SearchParams::default(), SearchParams { k: 1, ..Default::default() }] {
        if let Ok(answer) = snapshot.search(&query, &params) {
            assert!(answer.hits.iter().all(|hit| hit.score.get().is_finite()));
        }
    }
    drop(snapshot.explain(&query, "key-0"));
}

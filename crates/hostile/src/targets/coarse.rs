//! A search, given coarse codes that no engine wrote.

use pleiad::{Batch, Collection, Document, Error, FdeParams, MultiVector, Query, Schema, SearchParams};
use pleiad_store::testing::MemoryBackend;
use pleiad_store::{Options, StoreError, StoreWriter};
use std::sync::{Arc, OnceLock};

const DIM: usize = 4;

/// Enough that one candidate has fewer chosen than there are.
const NUM_DOCUMENTS: u32 = 80;

/// Encodings large enough to have coarse codes: 32 bytes and a length.
fn schema() -> Schema {
    let params = FdeParams { repetitions: 128, simhash_projections: 2, ..Schema::fde_params(DIM) };
    Schema::new(DIM).with_fde(params)
}

/// A collection of one segment.
fn folder() -> &'static MemoryBackend {
    static FOLDER: OnceLock<MemoryBackend> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = MemoryBackend::new();
        let filled = || -> Result<(), Error> {
            let writer = Collection::create_on(Arc::new(folder.clone()), &schema())?.writer()?;
            let mut batch = Batch::new();
            for number in 0..NUM_DOCUMENTS {
                let vectors = MultiVector::new(vec![1.0, number as f32, -2.0, 3.0], DIM)?;
                batch.upsert(Document::new(format!("key-{number}"), vectors)?);
            }
            writer.apply(batch)?;
            writer.flush()?;
            writer.close()
        };
        filled().unwrap_or_else(|error| panic!("a collection in memory cannot be made: {error}"));
        folder
    })
}

/// Bytes as an engine would write them: magic, rows, width, zeros; codes.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut bytes = [&b"PLCOARS1"[..], &NUM_DOCUMENTS.to_le_bytes(), &34u32.to_le_bytes()].concat();
    bytes.resize(64, 0);
    bytes.resize(64 + 34 * NUM_DOCUMENTS as usize, 0x55);
    vec![bytes]
}

/// Searches a collection whose segment has these for its coarse codes.
pub(super) fn coarse(bytes: &[u8]) {
    let folder = folder().copied();
    let attach = || -> Result<(), StoreError> {
        let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default())?;
        let part = writer.view().parts()[0].part_id();
        writer.attach(part, "coarse-fdes", bytes)?;
        writer.close()
    };
    attach().unwrap_or_else(|error| panic!("an attachment in memory cannot be stored: {error}"));
    let search = || -> Result<usize, Error> {
        let query = Query::new(MultiVector::new(vec![0.5; DIM], DIM)?);
        let params = SearchParams { k: 1, num_candidates: Some(1), ..Default::default() };
        let snapshot = Collection::open_on(Arc::new(folder.clone()))?.snapshot()?;
        Ok(snapshot.search(&query, &params)?.hits.len())
    };
    // Codes that are not finite are an error, others find some document.
    if let Ok(num_hits) = search() {
        assert_eq!(num_hits, 1);
    }
}

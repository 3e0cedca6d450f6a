//! Assets of a collection, learned and measured, of which the first byte picks one: checksums are right, whatever stands
//! behind them.

use pleiad::{
    Batch, Collection, Document, Error, MultiVector, Query, Schema, SearchParams, TokenCode, TokenEncoding,
};
use pleiad_store::testing::MemoryBackend;
use pleiad_store::{Options, Store, StoreWriter};
use pleiad_vectors::{Generator, Seed};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// The collection around them, of which each input is given a copy, and what one search holds.
pub(super) const COLLECTION_BYTES: usize = 24 << 20;

const DIM: usize = 4;
const NUM_DOCUMENTS: u32 = 220;

/// The files of a collection, and the content of its assets.
struct Sound {
    files: BTreeMap<String, Vec<u8>>,
    assets: Vec<(String, Vec<u8>)>,
}

fn vectors(random: &mut Generator, num_tokens: usize) -> MultiVector {
    let values = (0..num_tokens * DIM).map(|_| random.gaussian()).collect();
    MultiVector::new(values, DIM).unwrap_or_else(|error| panic!("vectors: {error}"))
}

/// A collection that learns centroids and features, and is calibrated.
fn made() -> Result<Sound, Error> {
    let folder = MemoryBackend::new();
    let mut schema = Schema::new(DIM).with_lemur(8);
    schema.tokens = TokenEncoding::new(TokenCode::Int2, Some(4))?;
    let collection = Collection::create_on(Arc::new(folder.clone()), &schema)?;
    let writer = collection.writer()?;
    let (mut random, mut batch) = (Seed(5).generator(), Batch::new());
    for number in 0..NUM_DOCUMENTS {
        let document = Document::new(format!("d{number}"), vectors(&mut random, 5))?;
        batch.upsert(document.with_text(text(number))?);
    }
    writer.apply(batch)?;
    writer.flush()?;
    writer.tune(&[])?;
    writer.close()?;
    let view = Store::open(Arc::new(folder.clone()))?.view()?;
    let mut assets = Vec::new();
    for name in view.asset_names() {
        let content = view.asset(name).map(|asset| asset.bytes().map(<[u8]>::to_vec)).transpose()?;
        assets.extend(content.map(|content| (name.to_owned(), content)));
    }
    Ok(Sound { files: folder.files(), assets })
}

fn text(number: u32) -> String {
    format!("text of document {number}")
}

fn sound() -> &'static Sound {
    static SOUND: OnceLock<Sound> = OnceLock::new();
    SOUND.get_or_init(|| {
        made().unwrap_or_else(|error| panic!("a collection in memory cannot be made: {error}"))
    })
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let numbered = (0u8..).zip(&sound().assets);
    let seeds: Vec<Vec<u8>> = numbered.map(|(at, (_, content))| [&[at][..], content].concat()).collect();
    assert!(seeds.len() >= 3, "features, centroids, calibration: {} assets", seeds.len());
    seeds
}

/// Opens a collection of which one asset is this, and asks it for everything that it can be asked for.
pub(super) fn assets(bytes: &[u8]) {
    let [which, content @ ..] = bytes else { return };
    let Sound { files, assets } = sound();
    let (name, _) = &assets[usize::from(*which) % assets.len()];
    let folder = MemoryBackend::with_files(files.clone());
    let replaced = StoreWriter::open(Arc::new(folder.clone()), Options::default()).and_then(|mut writer| {
        writer.set_assets(&[(name, Some(content.to_vec()))])?;
        writer.close()
    });
    replaced.unwrap_or_else(|error| panic!("an asset is any bytes: {error}"));
    let opened = Collection::open_on(Arc::new(folder)).and_then(|collection| {
        let snapshot = collection.snapshot()?;
        Ok((collection, snapshot))
    });
    let (collection, snapshot) =
        opened.unwrap_or_else(|error| panic!("no asset is read at opening: {error}"));
    let query = Query::new(vectors(&mut Seed(9).generator(), 3));
    for params in [SearchParams::default(), SearchParams { exact: true, ..SearchParams::default() }] {
        drop(snapshot.search(&query, &params));
    }
    drop(snapshot.plan(&query, &SearchParams::default()));
    drop(snapshot.info());
    drop(snapshot.get("d1"));
    drop(collection.verify(&mut |_, _| {}));
    // Texts depend on nothing that was learned.
    let fields = snapshot.get_fields("d7");
    let found = fields.ok().flatten().and_then(|fields| fields.text);
    assert_eq!(found, Some(text(7)), "a text is gone with {name}");
}

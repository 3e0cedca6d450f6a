//! From texts to hits with the built-in encoder: texts become token vectors, which are stored beside them.
//!
//! `cargo run -p pleiad --example text`

use pleiad::{Batch, Collection, Document, Query, Schema, SearchParams};
use pleiad_encode::{Encoder, ModelEncoder};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const TEXTS: [(&str, &str); 4] = [
    ("tar", "tar packs many files into one archive and extracts them again"),
    ("grep", "grep prints the lines of files that match a regular expression"),
    ("sort", "sort orders the lines of text files"),
    ("cron", "cron runs commands at fixed times, dates or intervals"),
];

fn main() -> Result<()> {
    let encoder =
        ModelEncoder::built_in(ModelEncoder::MINI)?.ok_or("the built-in model is part of the program")?;
    let folder = tempfile::tempdir()?;
    // The collection remembers the encoder: vectors of another one mean something else.
    let schema = Schema { encoder: Some(encoder.id().to_owned()), ..Schema::new(encoder.dim()) };
    let collection = Collection::create(folder.path().join("manual"), &schema)?;

    let encoded = encoder.encode_documents(&TEXTS.map(|(_, text)| text))?;
    let mut batch = Batch::new();
    for ((key, text), encoded) in TEXTS.into_iter().zip(encoded) {
        batch.upsert(Document::new(key, encoded.vectors)?.with_text(text)?);
    }
    let writer = collection.writer()?;
    writer.apply(batch)?;
    writer.close()?;

    let snapshot = collection.snapshot()?;
    let query = Query::new(encoder.encode_query("extract files from an archive")?.vectors);
    let answer = snapshot.search(&query, &SearchParams { k: 2, ..Default::default() })?;
    for hit in &answer.hits {
        let document = snapshot.get(hit.key.as_str())?.ok_or("a hit is a document of the same snapshot")?;
        println!("{:.4}  {}  {}", hit.score.get(), hit.key, document.text.unwrap_or_default());
    }
    assert_eq!(answer.hits[0].key.as_str(), "tar");
    Ok(())
}

#[test]
fn it_runs() -> Result<()> {
    main()
}

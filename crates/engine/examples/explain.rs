//! Why a document has its score: the token that answered each token of the query.
//!
//! `cargo run -p pleiad --example explain`

use pleiad::{Batch, Collection, Document, Query, Schema, SearchParams};
use pleiad_encode::{Encoder, ModelEncoder, TokenSpan};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const TEXT: &str = "glaciers of the alps lose a metre of ice a year";
const QUESTION: &str = "ice loss of glaciers";

fn main() -> Result<()> {
    let encoder =
        ModelEncoder::built_in(ModelEncoder::MINI)?.ok_or("the built-in model is part of the program")?;
    let folder = tempfile::tempdir()?;
    let collection = Collection::create(folder.path().join("notes"), &Schema::new(encoder.dim()))?;
    let document = encoder.encode_document(TEXT)?;
    let mut batch = Batch::new();
    batch.upsert(Document::new("alps", document.vectors.clone())?.with_text(TEXT)?);
    let writer = collection.writer()?;
    writer.apply(batch)?;
    writer.close()?;

    let snapshot = collection.snapshot()?;
    let asked = encoder.encode_query(QUESTION)?;
    let query = Query::new(asked.vectors.clone());
    let hit = snapshot.search(&query, &SearchParams::default())?.hits.remove(0);
    let why = snapshot.explain(&query, hit.key.as_str())?;

    // The parts add up to the score of the search.
    let sum: f32 = why.parts.iter().map(|part| part.similarity).sum();
    assert!((sum - hit.score.get()).abs() < 1e-4);

    // The engine speaks of rows; the encoder knows the word of each.
    let word = |tokens: &[TokenSpan], row: u32, text: &str| {
        tokens.get(row as usize).and_then(|token| token.word_in(text)).map(str::to_owned)
    };
    let why = why.with_texts(
        |part| word(&asked.tokens, part.query_token, QUESTION),
        |part| word(&document.tokens, part.doc_token, TEXT),
    );
    print!("{why}");
    Ok(())
}

#[test]
fn it_runs() -> Result<()> {
    main()
}

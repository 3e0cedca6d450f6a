//! Packs a checkpoint of a plain backbone into one file, as the built-in model `mini` was made.
//!
//! ```text
//! cargo run --release -p pleiad-encode --example pack_model -- CHECKPOINT OUT DIM BEIR_FOLDER...
//! ```
//!
//! The projection is learned from 250 documents of each collection, spread over it.

use pleiad_encode::{ModelEncoder, ModelOptions};
use pleiad_evaluate::BeirFolder;
use std::error::Error;
use std::fs;
use std::path::Path;

/// Documents that are read of a collection.
const NUM_TEXTS: usize = 250;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [checkpoint, out, dim, folders @ ..] = args.as_slice() else {
        return Err("usage: pack_model CHECKPOINT OUT DIM BEIR_FOLDER...".into());
    };
    let mut texts = Vec::new();
    for folder in folders {
        let documents = BeirFolder::open(folder)?
            .documents()?
            .map(|document| document.map(|document| document.value.title_and_text()))
            .collect::<Result<Vec<String>, _>>()?;
        let step = documents.len().div_ceil(NUM_TEXTS).max(1);
        texts.extend(documents.into_iter().step_by(step));
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let model = ModelEncoder::open(Path::new(checkpoint), &ModelOptions::default())?;
    let bytes = model.pack(&texts, dim.parse()?)?;
    fs::write(out, &bytes)?;
    println!("{} bytes of {} texts", bytes.len(), texts.len());
    Ok(())
}

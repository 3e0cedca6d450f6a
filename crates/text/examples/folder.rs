//! Indexes a folder of text and searches it:
//!
//! ```sh
//! cargo run -p pleiad-text --example folder -- docs "how is a crash survived"
//! ```

use pleiad::{Collection, SearchParams};
use pleiad_text::ingest::build;
use pleiad_text::{
    EncoderOptions, Error, Excerpt, Models, Monitor, NewCollection, Progress, QueryForm, RankingOptions,
    Result, Searcher, Words,
};
use std::env;
use std::path::Path;

/// Bytes of text that are shown of a hit.
const EXCERPT_BYTES: usize = 200;

/// Tells how far it is.
struct Narrator;

impl Monitor for Narrator {
    fn report(&self, progress: Progress<'_>) {
        if let Progress::Stored { num_documents, .. } = progress {
            println!("{num_documents} documents are stored");
        }
    }

    fn warn(&self, message: &str) {
        eprintln!("{message}");
    }
}

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let (Some(folder), Some(text)) = (arguments.next(), arguments.next()) else {
        return Err(Error::invalid("name a folder and a question"));
    };
    let temporary = tempfile::tempdir().map_err(|error| Error::io("cannot make a folder", &error))?;
    let place = temporary.path().join("collection");

    // The built-in model, and words: nothing to fetch, nothing to choose.
    let (models, options) = (Models::default(), EncoderOptions::default());
    let new = NewCollection::default();
    build(&place, Path::new(&folder), &models, &options, &new, false, &Narrator)?;

    let snapshot = Collection::open(&place)?.snapshot()?;
    let asked = RankingOptions::default();
    let searcher = Searcher::open(&snapshot, &models, &options, asked, QueryForm::Text, &Narrator)?;
    let question = searcher.question(&text)?;
    let answer = searcher.search(&question, &SearchParams { k: 3, ..SearchParams::default() })?;
    for (at, hit) in answer.hits.iter().enumerate() {
        let hit = searcher.view(&question, at + 1, hit)?;
        let words: Words = hit.matches.iter().map(|word| &word.document).collect();
        let excerpt = Excerpt::best(hit.text.as_deref().unwrap_or_default(), &words, EXCERPT_BYTES);
        let marked = |(text, is_word)| if is_word { format!("*{text}*") } else { String::from(text) };
        println!("\n{:.2}  {}", hit.score, hit.key);
        println!("{}", excerpt.pieces().map(marked).collect::<String>().replace('\n', " "));
    }
    Ok(())
}

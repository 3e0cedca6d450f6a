//! Reductions by what is written: whole words, and stop words left out.

use super::Table;
use crate::token_sets::shared;
use pleiad_compress::reduce::{Aggregate, drop_tokens, join_words};
use pleiad_vectors::MultiVector;
use std::collections::HashMap;

/// Words that say little.
const STOP_WORDS: &str = "a an and are as at be been but by can for from had has have in into is it its may not of on or \
that the their then there these this to was were which will with";

/// Word pieces of every document, and all pieces by number.
struct Pieces {
    documents: Vec<Vec<u16>>,
    names: Vec<String>,
}

/// Adds rows, if the set has its word pieces.
pub fn add(table: &mut Table<'_>) {
    let Some(pieces) = Pieces::read(table) else { return };
    let join = |words: &dyn Fn(&[u16]) -> Vec<u32>, aggregate| -> Vec<MultiVector> {
        let both = table.set.documents.iter().zip(&pieces.documents);
        both.map(|(document, tokens)| {
            join_words(document.as_ref(), &words(tokens), 0, aggregate).expect("unit vectors").vectors
        })
        .collect()
    };
    let once = |tokens: &[u16]| pieces.unique_words(tokens);
    let rows = [
        ("whole words", join(&|tokens| pieces.words(tokens), Aggregate::MeanAtLength)),
        ("each word once (BOW²)", join(&once, Aggregate::MeanAtLength)),
        ("stop words left out", pieces.without_stop_words(table)),
    ];
    for (title, documents) in rows {
        let first = [title.to_owned(), "MeanAtLength".to_owned(), String::new()];
        table.push(first, &documents, &table.set.queries);
    }
    let first = ["each word once (BOW²)".to_owned(), "Mean".to_owned(), String::new()];
    table.push(first, &join(&once, Aggregate::Mean), &table.set.queries);
}

impl Pieces {
    fn read(table: &Table<'_>) -> Option<Self> {
        let data = shared().join("data");
        let path = data.join("multivec").join(&table.set.name).join("docs.tok.npy");
        if !path.exists() {
            return None;
        }
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let mut all = bytes[header..].as_chunks().0.iter().map(|&word| u16::from_le_bytes(word));
        let documents = &table.set.documents;
        let documents =
            documents.iter().map(|document| all.by_ref().take(document.num_tokens()).collect()).collect();
        let path = data.join("models/all-MiniLM-L6-v2-f16/vocab.txt");
        let names = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Some(Self { documents, names: names.lines().map(str::to_owned).collect() })
    }

    fn continues(&self, token: u16) -> bool {
        self.names[usize::from(token)].starts_with("##")
    }

    /// The occurrence of a word that each piece belongs to.
    fn words(&self, tokens: &[u16]) -> Vec<u32> {
        let mut word = 0;
        let mut next = |token: &u16| {
            word += u32::from(!self.continues(*token));
            word
        };
        tokens.iter().map(&mut next).collect()
    }

    /// The word that each piece belongs to, the same number wherever it occurs.
    fn unique_words(&self, tokens: &[u16]) -> Vec<u32> {
        let mut numbers: HashMap<&[u16], u32> = HashMap::new();
        let mut out = Vec::with_capacity(tokens.len());
        let mut start = 0;
        while start < tokens.len() {
            let more = tokens[start + 1..].iter().take_while(|token| self.continues(**token)).count();
            let word = &tokens[start..=start + more];
            let next = numbers.len() as u32;
            let number = *numbers.entry(word).or_insert(next);
            out.extend(word.iter().map(|_| number));
            start += word.len();
        }
        out
    }

    fn without_stop_words(&self, table: &Table<'_>) -> Vec<MultiVector> {
        let is_stop = |token: u16| STOP_WORDS.split(' ').any(|word| word == self.names[usize::from(token)]);
        let both = table.set.documents.iter().zip(&self.documents);
        both.map(|(document, tokens)| {
            let dropped: Vec<u32> =
                (0..).zip(tokens).filter(|(_, token)| is_stop(**token)).map(|(at, _)| at).collect();
            // A document of nothing else stays as it is.
            let dropped = if dropped.len() == tokens.len() { &[][..] } else { &dropped };
            drop_tokens(document.as_ref(), dropped).expect("tokens that are there").vectors
        })
        .collect()
    }
}

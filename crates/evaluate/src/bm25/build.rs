use super::{Bm25, Occurrence};
use crate::{BeirFolder, InputError};
use std::collections::HashMap;

impl Bm25 {
    /// Reads every document of a folder. Cost: its text is split and stemmed once, some megabytes a second.
    ///
    /// # Errors
    /// The first document that cannot be read.
    pub fn read(folder: &BeirFolder) -> Result<Self, InputError> {
        let mut bm25 = Self::default();
        for line in folder.documents()? {
            let document = line?.value;
            let text = document.title_and_text();
            bm25.push(document.key, &text);
        }
        Ok(bm25)
    }

    /// Adds a document. Two of one key are two documents.
    pub fn push(&mut self, key: impl Into<String>, text: &str) {
        let document = self.keys.len() as u32;
        let mut counts: HashMap<String, u32> = HashMap::new();
        let mut length = 0;
        self.analyzer.for_each(text, |term| {
            length += 1;
            *counts.entry(term.text.to_owned()).or_default() += 1;
        });
        for (term, count) in counts {
            self.terms.entry(term).or_default().push(Occurrence { document, count });
        }
        self.keys.push(key.into());
        self.lengths.push(length);
    }

    /// Number of documents.
    pub fn num_documents(&self) -> usize {
        self.keys.len()
    }
}

//! The language of a collection's texts: detected once, when it is made, or named, and kept with the collection.

use crate::detect::{code_of, detect_any, english_name};
use crate::error::{Error, ErrorKind, Result};
use pleiad::{Snapshot, Writer};
use pleiad_terms::is_stop_word;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The note that keeps it.
const NOTE: &str = "language";

/// The newest version of the JSON below; a newer one counts as none, as no stored byte depends on it.
const VERSION: u32 = 1;

/// The code of the one language that the built-in encoders know.
const ENGLISH: &str = "en";

/// One clear text in so many has to be English for a collection to count as English: an English model serves the English
/// part of a mixed collection, and words serve all of it.
const ENGLISH_PART: u64 = 8;

/// The share of English stop words from which on a short text is English, and the least number of different ones: some 30
/// in 100 words of English are, and one or two are words of its neighbors too.
const MIN_ENGLISH: f32 = 0.2;
const MIN_STOP_WORDS: usize = 2;

/// The language of a collection's texts, and how it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionLanguage {
    #[serde(skip_serializing_if = "is_current", default = "current")]
    version: u32,
    /// Two letters of ISO 639-1, such as `en`; nothing where no text was clear.
    pub code: Option<String>,
    /// Texts whose language was clear; 0 where it was named, not detected.
    pub num_clear: u64,
    /// Texts of those in this language.
    pub num_of_language: u64,
}

fn current() -> u32 {
    VERSION
}

fn is_current(version: &u32) -> bool {
    *version == VERSION
}

impl CollectionLanguage {
    /// A language that is named: `de`, `deu` or `de_DE`.
    ///
    /// # Errors
    /// `InvalidArgument` when it is no language that is known.
    pub fn named(name: &str) -> Result<Self> {
        let code = code_of(name).ok_or_else(|| {
            Error::invalid(format!(
                "{name:?} is no language that is known: write a code such as en, de or zh"
            ))
        })?;
        Ok(Self { version: VERSION, code: Some(code.to_owned()), num_clear: 0, num_of_language: 0 })
    }

    /// The language of a sample of texts: English where one clear text in eight is, or none is clear; otherwise that of
    /// the most texts. Cost: some ten microseconds for 100 words.
    pub fn detect(texts: &[String]) -> Self {
        let mut votes: BTreeMap<&str, u64> = BTreeMap::new();
        for code in texts.iter().filter_map(|text| vote(text)) {
            *votes.entry(code).or_default() += 1;
        }
        let num_clear: u64 = votes.values().sum();
        let num_english = votes.get(ENGLISH).copied().unwrap_or(0);
        let most = votes.iter().max_by_key(|(_, num)| **num).map(|(&code, &num)| (code, num));
        let (code, num_of_language) = match most {
            Some(_) if num_english * ENGLISH_PART >= num_clear => (Some(ENGLISH), num_english),
            Some((code, num)) => (Some(code), num),
            None => (None, 0),
        };
        Self { version: VERSION, code: code.map(str::to_owned), num_clear, num_of_language }
    }

    /// Returns whether the built-in encoders and the analyzer of English serve it: a language that is not clear is
    /// taken for English, as names and numbers are.
    pub fn is_english(&self) -> bool {
        self.code.as_deref().is_none_or(|code| code == ENGLISH)
    }

    /// The language that a collection remembers.
    ///
    /// # Errors
    /// When the collection cannot be read.
    pub fn of(snapshot: &Snapshot) -> Result<Option<Self>> {
        let Some(bytes) = snapshot.note(NOTE)? else { return Ok(None) };
        Ok(serde_json::from_slice(&bytes).ok().filter(|language: &Self| language.version <= VERSION))
    }

    /// Has a collection remember it. Cost: a small file is written and synced.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, writer: &Writer) -> Result<()> {
        let bytes =
            serde_json::to_vec(self).map_err(|error| Error::from_error(ErrorKind::Internal, error))?;
        Ok(writer.set_note(NOTE, Some(&bytes))?)
    }
}

impl fmt::Display for CollectionLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(code) = &self.code else { return f.write_str("not clear") };
        let (name, num, num_clear) = (english_name(code), self.num_of_language, self.num_clear);
        match num_clear {
            0 => write!(f, "{name}, as named"),
            _ if 2 * num <= num_clear => {
                write!(f, "several languages, among them {name} by {num} of {num_clear} clear texts")
            }
            _ => write!(f, "{name} by {num} of {num_clear} clear texts"),
        }
    }
}

/// The language of one text, where it is clear.
fn vote(text: &str) -> Option<&'static str> {
    detect_any(text).or_else(|| has_english_words(text).then_some(ENGLISH))
}

/// Returns whether stop words make a text English that is too short to tell by its letters.
fn has_english_words(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let (mut num_words, mut num_stop_words, mut different) = (0u32, 0u32, BTreeSet::new());
    for word in words.map(str::to_lowercase) {
        num_words += 1;
        if is_stop_word(&word) {
            num_stop_words += 1;
            different.insert(word);
        }
    }
    different.len() >= MIN_STOP_WORDS && num_stop_words as f32 >= MIN_ENGLISH * num_words as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH_TEXT: &str =
        "The road leads over the old bridge into the town, and nobody knows who built it.";
    const GERMAN_TEXT: &str =
        "Die Straße führt über die alte Brücke in die Stadt, und niemand weiß, wer sie gebaut hat.";
    const CODE: &str = "fn main() { let x = vec![1, 2]; println!(\"{}\", x.len()); }";

    fn detected(texts: &[&str]) -> CollectionLanguage {
        CollectionLanguage::detect(&texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn the_language_is_that_of_most_texts_unless_some_are_english() {
        assert!(detected(&[ENGLISH_TEXT]).is_english());
        let german = detected(&[GERMAN_TEXT; 9]);
        assert_eq!((german.code.as_deref(), german.is_english()), (Some("de"), false));
        assert_eq!(german.to_string(), "German by 9 of 9 clear texts");
        let mut mixed = vec![GERMAN_TEXT; 7];
        mixed.push(ENGLISH_TEXT);
        assert!(detected(&mixed).is_english(), "one of eight");
        mixed.push(GERMAN_TEXT);
        assert!(!detected(&mixed).is_english(), "one of nine");
        let french = "La route passe par le vieux pont vers la ville, et personne ne sait qui l'a construit.";
        let several = detected(&[GERMAN_TEXT, french, GERMAN_TEXT, french]).to_string();
        assert!(several.starts_with("several languages, among them "), "{several}");
        assert_eq!(
            detected(&["東京都の天気は晴れです。", "今日は良い天気ですね。"]).code.as_deref(),
            Some("ja")
        );
    }

    #[test]
    fn what_is_in_no_language_counts_as_english() {
        for texts in [&[][..], &["42", "x", ""], &["Bake bread: flour, water, salt and yeast."]] {
            assert!(detected(texts).is_english(), "{texts:?}");
        }
        assert!(detected(&[CODE, ENGLISH_TEXT]).is_english());
        assert_eq!(detected(&["42"]).to_string(), "not clear");
    }

    #[test]
    fn languages_are_named_by_their_codes() {
        for name in ["de", "DE", "deu", "de_DE", "de-AT"] {
            assert_eq!(CollectionLanguage::named(name).unwrap().code.as_deref(), Some("de"), "{name}");
        }
        assert_eq!(CollectionLanguage::named("pt_BR").unwrap().to_string(), "Portuguese, as named");
        for name in ["", "klingon", "xx"] {
            assert!(
                CollectionLanguage::named(name).unwrap_err().to_string().contains("such as en"),
                "{name}"
            );
        }
    }
}

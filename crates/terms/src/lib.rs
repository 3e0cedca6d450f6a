//! Text to terms: the units that lexical search counts.
//!
//! An [`Analyzer`] is looked up by a name that a collection can store. A name stands for the same terms for ever: a
//! change of the rules is a new name, so that an index never means something else than the queries asked of it.
//!
//! | name | terms |
//! |---|---|
//! | `english-1` | words without accents, English stop words left out, Snowball stems; bigrams of scripts without blanks |
//! | `unicode-1` | words as they are, in lower case; bigrams of scripts without blanks |
//! | `code-1` | identifiers and dotted paths in lower case, beside the parts of `camelCase` and `snake_case` |
//! | `plain-english-1` | the terms of the BM25 yardstick: as `english-1`, without normalization and without bigrams |
//!
//! ```
//! use pleiad_terms::Analyzer;
//!
//! let mut terms = Vec::new();
//! let analyzer = Analyzer::named("english-1")?;
//! analyzer.for_each("The Foxes' running", |term| terms.push((term.text.to_owned(), term.position)));
//! assert_eq!(terms, [("fox".to_owned(), 1), ("run".to_owned(), 2)]);
//! # Ok::<(), pleiad_terms::UnknownAnalyzer>(())
//! ```

mod analyzer;
mod code;
mod english;
mod words;

#[cfg(test)]
mod tests;

pub use analyzer::{Analyzer, Term, UnknownAnalyzer};
pub use code::for_each_part;
pub use english::{EnglishStemmer, is_stop_word};

use crate::english::{EnglishStemmer, for_each_plain_word};
use crate::{code, words};
use std::ops::Range;

/// Names and rules, each name with one meaning for ever.
const ANALYZERS: [(&str, Rules); 4] = [
    ("english-1", Rules::English),
    ("unicode-1", Rules::Unicode),
    ("code-1", Rules::Code),
    ("plain-english-1", Rules::PlainEnglish),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rules {
    English,
    Unicode,
    Code,
    PlainEnglish,
}

/// A term of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term<'a> {
    /// The term as it is counted.
    pub text: &'a str,
    /// Number of the word among all words of the text, stop words included: words of a phrase have consecutive ones.
    pub position: u32,
    /// Bytes of the word in the text.
    pub span: Range<usize>,
}

/// Turns a text into terms by the rules of its name. Cheap to make, and shared between threads.
pub struct Analyzer {
    rules: Rules,
    stemmer: EnglishStemmer,
}

/// A name that no analyzer has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no analyzer {name:?}; known: {}", Analyzer::names().collect::<Vec<_>>().join(", "))]
pub struct UnknownAnalyzer {
    /// The name asked for.
    pub name: String,
}

impl Analyzer {
    /// Looks up an analyzer.
    ///
    /// # Errors
    /// [`UnknownAnalyzer`], which lists those that there are.
    pub fn named(name: &str) -> Result<Self, UnknownAnalyzer> {
        let found = ANALYZERS.iter().find(|(known, _)| *known == name);
        let (_, rules) = found.ok_or_else(|| UnknownAnalyzer { name: name.to_owned() })?;
        Ok(Self { rules: *rules, stemmer: EnglishStemmer::default() })
    }

    /// Names of all analyzers.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ANALYZERS.iter().map(|(name, _)| *name)
    }

    /// Name of this analyzer.
    pub fn name(&self) -> &'static str {
        ANALYZERS.iter().find(|(_, rules)| *rules == self.rules).map_or("", |(name, _)| name)
    }

    /// Calls `visit` with each term of `text`, in the order of positions. Cost: one pass, and a stem for each word of
    /// the English analyzers, about ten megabytes of text a second and core.
    pub fn for_each(&self, text: &str, mut visit: impl FnMut(Term<'_>)) {
        match self.rules {
            Rules::English => words::for_each(text, words::Folding::Latin, |word, position, span| {
                self.stemmer.for_each_stem(word, |text| visit(Term { text, position, span: span.clone() }));
            }),
            Rules::Unicode => words::for_each(text, words::Folding::None, |text, position, span| {
                visit(Term { text, position, span });
            }),
            Rules::Code => code::for_each(text, |text, position, span| visit(Term { text, position, span })),
            Rules::PlainEnglish => for_each_plain_word(text, |word, position, span| {
                self.stemmer.for_each_stem(word, |text| visit(Term { text, position, span: span.clone() }));
            }),
        }
    }
}

impl std::fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Analyzer").field(&self.name()).finish()
    }
}

use clap::Args;
use clap::builder::PossibleValuesParser;
use pleiad::{TextField, WordsSchema};
use pleiad_text::{NewWords, analyzer_names};

/// The lexical side of a collection that is created.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct WordsArgs {
    /// Also find documents of a new collection by their words (BM25), as this analyzer makes them: english-1 knows stems
    /// and stop words, unicode-1 takes words as they are, code-1 knows identifiers; none keeps no words. Searches rank by
    /// vectors and words then, or as --mode says [default: english-1, unicode-1 for texts in other languages].
    #[arg(long, value_name = "ANALYZER", value_parser = PossibleValuesParser::new(names()))]
    pub(crate) words: Option<String>,

    /// A field of words and what an occurrence in it counts for, such as title:2; repeat it for more. `_text` is the
    /// text; other names are attributes [default: _text:1, with the title before the text].
    #[arg(long, value_name = "NAME[:WEIGHT]", requires = "words", value_parser = field)]
    pub(crate) words_field: Vec<(String, f32)>,
}

/// The name that stands for no analyzer.
const NONE: &str = "none";

fn names() -> impl Iterator<Item = &'static str> {
    analyzer_names().chain([NONE])
}

fn field(text: &str) -> std::result::Result<(String, f32), String> {
    let (source, weight) = match text.rsplit_once(':') {
        Some((source, weight)) => {
            (source, weight.parse().map_err(|_| format!("{weight:?} is no weight: write such as title:2"))?)
        }
        None => (text, 1.0),
    };
    Ok((source.to_owned(), weight))
}

impl WordsArgs {
    /// The same in the library's words.
    pub(crate) fn new_words(&self) -> NewWords {
        match self.words.as_deref() {
            None => NewWords::ByLanguage,
            Some(NONE) => NewWords::None,
            Some(analyzer) => NewWords::Named(self.schema(analyzer)),
        }
    }

    fn schema(&self, analyzer: &str) -> WordsSchema {
        let mut schema = WordsSchema::new(analyzer);
        if !self.words_field.is_empty() {
            let field =
                |(source, weight): &(String, f32)| TextField { source: source.clone(), weight: *weight };
            schema.fields = self.words_field.iter().map(field).collect();
        }
        schema
    }
}

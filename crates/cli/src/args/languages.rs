use clap::Args;
use pleiad_text::ingest::Languages;

/// How the language of a document is known, for a model with one adapter per language.
#[derive(Debug, Clone, Args)]
pub(crate) struct LanguageArgs {
    /// Field of a document that says its language, for a model with one adapter per language, e.g. `language` where
    /// documents have `"language": "de_DE"`. A document without it is in the language of --language.
    #[arg(long, value_name = "NAME", requires = "model")]
    pub(crate) language_field: Option<String>,

    /// Guess the language of documents that do not say it, from their text; one that is not clear, or that the model
    /// does not know, is that of --language. How many were taken for which is told at the end.
    #[arg(long, requires = "model")]
    pub(crate) detect_language: bool,
}

impl LanguageArgs {
    /// The same in the library's words; nothing where all texts are in one language.
    pub(crate) fn languages(&self) -> Option<Languages> {
        Languages::new(self.language_field.clone(), self.detect_language)
    }
}

use crate::environment;
use crate::places::local;
use clap::{Args, ValueEnum};
use pleiad_encode::Precision;
use pleiad_text::EncoderOptions;
use pleiad_text::ingest::Languages;
use std::path::PathBuf;

const MODEL: &str = "Model";

/// Flags that choose a late-interaction model, and how it runs. Each names its heading: one for the whole struct
/// would go on over the flags that follow it.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ModelArgs {
    /// A late-interaction model instead of the built-in encoder: a folder with its checkpoint, or its name on the hub
    /// (`org/name`), which is looked for in PLEIAD_MODELS and in the hub's cache folder, and fetched into that
    /// [default: the collection's own; PLEIAD_MODEL, if set, for a new one].
    #[arg(long, value_name = "MODEL", help_heading = MODEL)]
    pub(crate) model: Option<String>,

    /// Precision of the model.
    #[arg(long, value_name = "PRECISION", help_heading = MODEL)]
    pub(crate) precision: Option<PrecisionName>,

    /// Language of the texts, such as `de`: for a new collection, which then needs not detect it, and for a model with
    /// one adapter per language (X-MOD), whose names it takes, e.g. `fr_XX` [default: the collection's, or the model's
    /// for a new one].
    #[arg(long, value_name = "LANG", help_heading = MODEL)]
    pub(crate) language: Option<String>,

    /// Let ONNX Runtime run the model: its library (libonnxruntime.so; the Python package onnxruntime has one). The
    /// model's folder must hold model.onnx or onnx/model.onnx [default: PLEIAD_ONNX_RUNTIME if set, else our own
    /// layers].
    #[arg(value_parser = local(), long, value_name = "LIB", help_heading = MODEL, conflicts_with = "precision")]
    pub(crate) onnx_runtime: Option<PathBuf>,

    /// Longest document in tokens; what is behind is not searchable [default: the model's own].
    #[arg(long, value_name = "N", help_heading = MODEL)]
    pub(crate) document_length: Option<usize>,
}

/// Number formats in which a model calculates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrecisionName {
    /// 32-bit floats, the default.
    F32,
    /// 8 bits: a fraction of the time, nearly the same vectors.
    Int8,
}

impl ModelArgs {
    /// The same in the library's words.
    pub(crate) fn options(&self) -> EncoderOptions {
        EncoderOptions {
            model: self.model.clone(),
            default_model: environment::default_model(),
            precision: self.precision.map(|precision| match precision {
                PrecisionName::F32 => Precision::F32,
                PrecisionName::Int8 => Precision::Int8,
            }),
            language: self.language.clone(),
            document_length: self.document_length,
            sentence: None,
            onnx_library: self.onnx_runtime.clone(),
        }
    }
}

/// Flags that say how the language of a document is known, for a model with one adapter per language.
#[derive(Debug, Clone, Args)]
pub(crate) struct LanguageArgs {
    /// Field of a document that says its language, for a model with one adapter per language, e.g. `language` where
    /// documents have `"language": "de_DE"`. A document without it is in the language of --language.
    #[arg(long, value_name = "NAME", help_heading = MODEL)]
    pub(crate) language_field: Option<String>,

    /// Guess the language of documents that do not say it, from their text; one that is not clear, or that the model
    /// does not know, is that of --language. How many were taken for which is told at the end.
    #[arg(long, help_heading = MODEL)]
    pub(crate) detect_language: bool,
}

impl LanguageArgs {
    /// The same in the library's words; nothing where all texts are in one language.
    pub(crate) fn languages(&self) -> Option<Languages> {
        Languages::new(self.language_field.clone(), self.detect_language)
    }
}

use clap::{Args, ValueEnum};
use pleiad_encode::Precision;
use pleiad_text::EncoderOptions;
use std::path::PathBuf;

/// Which late-interaction model makes the vectors of texts, and how it runs.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelArgs {
    /// A late-interaction model instead of the built-in encoder: a folder with its checkpoint, or its name on the hub
    /// (`org/name`), which is looked for in PLEIAD_MODELS and in the hub's cache folder, and fetched into that.
    #[arg(long, value_name = "MODEL", env = "PLEIAD_MODEL", hide_env_values = true)]
    pub(crate) model: Option<String>,

    /// How the model calculates.
    #[arg(long, value_name = "PRECISION", requires = "model")]
    pub(crate) precision: Option<PrecisionName>,

    /// Language of the texts, for a model with one adapter per language (X-MOD), e.g. `fr_XX` [default: the
    /// collection's, or the model's for a new one].
    #[arg(long, value_name = "LANG", requires = "model")]
    pub(crate) language: Option<String>,

    /// Let ONNX Runtime run the model: its library (libonnxruntime.so; the Python package onnxruntime has one). The
    /// model's folder must hold model.onnx or onnx/model.onnx [default: PLEIAD_ONNX_RUNTIME if set, else our own layers].
    #[arg(long, value_name = "LIB", requires = "model", conflicts_with = "precision")]
    pub(crate) onnx_runtime: Option<PathBuf>,

    /// Longest document in tokens; what is behind is not searchable [default: the model's own].
    #[arg(long, value_name = "N", requires = "model")]
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
            is_default_model: !is_typed("--model"),
            precision: self.precision.map(|precision| match precision {
                PrecisionName::F32 => Precision::F32,
                PrecisionName::Int8 => Precision::Int8,
            }),
            language: self.language.clone(),
            document_length: self.document_length,
            onnx_library: self.onnx_runtime.clone(),
        }
    }
}

/// Whether a flag was typed, and its value is not one of the environment.
fn is_typed(flag: &str) -> bool {
    let is_flag = |arg: std::ffi::OsString| {
        let arg = arg.to_string_lossy();
        arg.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    std::env::args_os().any(is_flag)
}

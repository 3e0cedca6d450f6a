//! Backbones that ONNX Runtime runs: its library is loaded when one is opened, and nothing here is linked to it.
//!
//! Everything around the backbone stays ours: tokenizer, markers, heads, normalization.

mod open;
mod run;

pub(crate) use open::OnnxFile;

use ort::session::Session;
use std::path::PathBuf;
use std::sync::Mutex;

/// Token ids in, one vector per token out, by a graph that somebody exported.
#[derive(Debug)]
pub(crate) struct OnnxBackbone {
    path: PathBuf,
    /// One run at a time, each on all cores.
    session: Mutex<Session>,
    /// Known inputs of the graph, in its order.
    inputs: Vec<Input>,
    output: &'static str,
    /// Values per token.
    dim: usize,
}

/// Inputs of graphs of the BERT family, `[1, num_tokens]` each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    Tokens,
    /// 1 for a token that is looked at, 0 for one that only looks.
    Mask,
    /// All 0: every text here has one type.
    Types,
}

impl Input {
    const ALL: [Self; 3] = [Self::Tokens, Self::Mask, Self::Types];

    fn name(self) -> &'static str {
        match self {
            Self::Tokens => "input_ids",
            Self::Mask => "attention_mask",
            Self::Types => "token_type_ids",
        }
    }
}

//! Static encoders: stored vectors, no model to run.
//!
//! Context is lost, so a transformer ranks better; in return a text costs a table look-up per token.

mod folder;
mod pieces;
pub(crate) mod stems;

use crate::encoder::{Encoded, Encoder, QueryEncoder};
use crate::error::EncodeError;
use pieces::Pieces;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use stems::Stems;

/// Most distinct tokens of a query that become vectors; the first ones win.
///
/// The cost of a search grows with each of them, and no question needs more.
pub const MAX_QUERY_TOKENS: usize = 512;

/// Most distinct tokens of a document that become vectors; the first ones win.
///
/// English reaches this many distinct words after some hundred pages: such a document is better split.
pub const MAX_DOCUMENT_TOKENS: usize = 8192;

/// An encoder that looks its vectors up. A clone shares the table.
#[derive(Debug, Clone)]
pub struct StaticEncoder {
    id: Cow<'static, str>,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    /// One vector per word piece.
    Pieces(Arc<Pieces>),
    /// One vector per stem.
    Stems(Arc<Stems>),
}

impl StaticEncoder {
    /// The built-in encoder of this id, if there is one, for English: `static-v3`, 96 dimensions, or `static-v1`, 64, the
    /// first one. Collections remember which one made their vectors. Cost: as [`StaticEncoder::load`]; `static-v1` parses
    /// its vocabulary.
    ///
    /// # Errors
    /// Never in practice: the files are part of the program and tested.
    pub fn built_in(id: &str) -> Result<Option<Self>, EncodeError> {
        match id {
            "static-v3" => Self::load().map(Some),
            "static-v1" => Self::from_bytes(
                "static-v1",
                &include_bytes!("../../assets/static-v1/table.safetensors")[..],
                include_bytes!("../../assets/static-v1/tokenizer.json"),
            )
            .map(Some),
            _ => Ok(None),
        }
    }

    /// The built-in encoder that new collections get, `static-v3`, 96 dimensions, for English. Cost: keys and weights are
    /// copied and rows checked, some milliseconds; vectors are decoded when a text needs them.
    ///
    /// # Errors
    /// Never in practice: the files are part of the program and tested.
    pub fn load() -> Result<Self, EncodeError> {
        Self::from_stems(
            "static-v3",
            &include_bytes!("../../assets/static-v3/table.safetensors")[..],
            include_bytes!("../../assets/static-v3/static.json"),
        )
    }

    /// An encoder of word pieces from a table and a tokenizer in the format of `static-v1`
    /// (`assets/static-v1/README.md`). `id` names the pair: another table needs another id.
    ///
    /// # Errors
    /// When the table is not safetensors, lacks a tensor or has one of another type or shape, when a row has no
    /// direction, a weight is negative or not finite, or the tokenizer is not an uncased WordPiece one or has tokens
    /// without a row.
    pub fn from_bytes(
        id: impl Into<Cow<'static, str>>,
        table: impl Into<Cow<'static, [u8]>>,
        tokenizer: &[u8],
    ) -> Result<Self, EncodeError> {
        let form = Form::Pieces(Arc::new(Pieces::from_bytes(table.into(), tokenizer)?));
        Ok(Self { id: id.into(), form })
    }

    /// An encoder of stems from a table and the rules beside it, `static.json`, as `pleiad distill` writes them. `id`
    /// names the pair.
    ///
    /// # Errors
    /// When the table is not safetensors, lacks a tensor or has one of another type or shape, when keys are not in
    /// order, a row has no direction, a weight is negative or not finite, or a rule is unknown or out of range.
    pub fn from_stems(
        id: impl Into<Cow<'static, str>>,
        table: impl Into<Cow<'static, [u8]>>,
        params: &[u8],
    ) -> Result<Self, EncodeError> {
        Ok(Self { id: id.into(), form: Form::Stems(Arc::new(Stems::from_bytes(table.into(), params)?)) })
    }
}

impl QueryEncoder for StaticEncoder {
    fn encode(&self, text: &str) -> Result<Encoded, EncodeError> {
        self.encode_query(text)
    }
}

impl Encoder for StaticEncoder {
    fn id(&self) -> &str {
        &self.id
    }

    fn runs_model(&self) -> bool {
        false
    }

    fn dim(&self) -> usize {
        match &self.form {
            Form::Pieces(pieces) => pieces.dim(),
            Form::Stems(stems) => stems.dim(),
        }
    }

    /// One vector per distinct token, as long as the token's weight times its occurrences.
    fn encode_query(&self, text: &str) -> Result<Encoded, EncodeError> {
        match &self.form {
            Form::Pieces(pieces) => pieces.query(text),
            Form::Stems(stems) => stems.query(text),
        }
    }

    /// One vector per distinct token, in the order of first occurrence. They are shorter the longer the document is:
    /// otherwise long documents win by chance.
    fn encode_document(&self, text: &str) -> Result<Encoded, EncodeError> {
        match &self.form {
            Form::Pieces(pieces) => pieces.document(text),
            Form::Stems(stems) => stems.document(text),
        }
    }

    fn sample_size(&self) -> usize {
        match &self.form {
            Form::Pieces(_) => 0,
            Form::Stems(stems) => stems.sample_size(),
        }
    }

    fn for_collection(&self, sample: &[&str]) -> Box<dyn QueryEncoder> {
        match &self.form {
            Form::Pieces(_) => Box::new(self.clone()),
            Form::Stems(stems) => Box::new(stems.for_collection(sample)),
        }
    }

    fn occurrences(&self, text: &str, token: u32) -> Vec<Range<usize>> {
        match &self.form {
            Form::Pieces(pieces) => pieces.occurrences(text, token),
            Form::Stems(stems) => stems.occurrences(text, token),
        }
    }
}

use super::encoding::{SetEncoding, TokenEncoding};
use crate::reduction::Reduction;

/// A further vector set of each document, beside the first one: with a name, and a shape of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct SetSchema {
    /// Its name: 1 to 32 of a-z, 0-9 and `_`, not [`SetSchema::BODY`], unique in the collection.
    pub name: String,
    /// Values per token vector, the same for documents and queries.
    pub dim: usize,
    /// Token vectors of a document that share a row.
    pub reduction: Reduction,
    /// Encoding of token vectors.
    pub tokens: TokenEncoding,
    /// Encoding of a whole set as the one vector that candidates are found by.
    pub encoding: SetEncoding,
    /// Encoder that the vectors come from.
    pub encoder: Option<String>,
    /// The source of the texts that whoever writes documents encodes as this set: a path of attributes, or `_text`. The
    /// engine keeps it and does nothing with it.
    pub source: Option<String>,
}

impl SetSchema {
    /// The name of the first set, which every collection has: the vectors of
    /// [`Document::new`](crate::Document::new), in the shape that the schema itself says.
    pub const BODY: &'static str = "body";

    pub(super) fn shape(&self) -> FieldSchema<'_> {
        let Self { name, dim, reduction, tokens, encoding, .. } = self;
        FieldSchema { name, dim: *dim, reduction: *reduction, tokens: *tokens, encoding }
    }
}

/// Shape of one vector set of a collection.
#[derive(Clone, Copy)]
pub(crate) struct FieldSchema<'a> {
    pub(crate) name: &'a str,
    pub(crate) dim: usize,
    pub(crate) reduction: Reduction,
    pub(crate) tokens: TokenEncoding,
    pub(crate) encoding: &'a SetEncoding,
}

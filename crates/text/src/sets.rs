//! Named vector sets at the edge: what a new one is like, and the texts that they are made of.

use crate::encoder::has_words_alone;
use crate::error::{Error, Result};
use crate::words::{TITLE, texts_at};
use pleiad::{Reduction, Schema, SetSchema, TokenCode, TokenEncoding};
use serde_json::{Map, Value};

/// The source of a set that is made of documents' texts.
const TEXT: &str = "_text";

/// A vector set of a new collection, as far as it is said. Its vectors come ready-made, of a dimension, or the encoder of the
/// collection makes them of texts that each document has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewSet {
    /// Its name.
    pub name: String,
    /// Values per token vector.
    pub dim: Option<usize>,
    /// Code of token vectors.
    pub tokens: Option<TokenCode>,
    /// Centroids that token codes are residuals of.
    pub centroids: Option<u32>,
    /// Token vectors that share a row.
    pub reduction: Option<Reduction>,
    /// An attribute whose texts are encoded, or `_text`.
    pub source: Option<String>,
}

impl NewSet {
    /// The set in a collection of this schema: where its encoder makes the vectors, in the shape of its own.
    ///
    /// # Errors
    /// `InvalidArgument` when it is not said where vectors come from, or that does not fit the collection.
    pub fn settle(&self, schema: &Schema) -> Result<SetSchema> {
        self.settled(schema).map_err(|error| error.within(format!("set {:?}", self.name)))
    }

    fn settled(&self, schema: &Schema) -> Result<SetSchema> {
        let encoder = schema.encoder.as_ref().filter(|_| !has_words_alone(schema));
        let mut set = match (&self.source, encoder, self.dim) {
            (Some(_), Some(id), Some(dim)) if dim != schema.dim => {
                let own = schema.dim;
                let message = format!("encoder {id} gives dimension {own}, not {dim}: leave out dim");
                return Err(Error::invalid(message));
            }
            (Some(source), Some(id), _) => SetSchema {
                reduction: schema.reduction,
                tokens: schema.tokens,
                encoding: schema.encoding.clone(),
                encoder: Some(id.clone()),
                source: Some(source.clone()),
                ..SetSchema::new(&self.name, schema.dim)
            },
            (Some(source), None, _) => {
                return Err(Error::invalid(format!(
                    "source={source} names texts to encode, and this collection has no encoder: say dim=D for ready-made \
                     vectors"
                )));
            }
            (None, _, Some(dim)) => SetSchema::new(&self.name, dim),
            (None, ..) => {
                return Err(Error::invalid(
                    "say dim=D for ready-made vectors, or source=ATTRIBUTE for texts that the collection's encoder reads",
                ));
            }
        };
        let code = self.tokens.unwrap_or(set.tokens.code());
        set.tokens = TokenEncoding::new(code, self.centroids)?;
        set.reduction = self.reduction.unwrap_or(set.reduction);
        Ok(set)
    }
}

/// The text that a set's source names in a document; nothing where there is none, or only blanks. Several texts of one source
/// follow each other on lines of their own.
pub(crate) fn text_of_source(
    source: &str,
    title: Option<&str>,
    text: &str,
    attributes: &Map<String, Value>,
) -> Option<String> {
    let mut texts: Vec<String> = Vec::new();
    match source {
        TEXT => texts.push(text.to_owned()),
        TITLE if title.is_some() => texts.extend(title.map(str::to_owned)),
        path => texts_at(attributes, path, &mut |text| texts.push(text.to_owned())),
    }
    let joined = texts.join("\n");
    (!joined.trim().is_empty()).then_some(joined)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_set_is_ready_made_or_encoded() {
        let named = |source: Option<&str>, dim| NewSet {
            name: "title".to_owned(),
            source: source.map(str::to_owned),
            dim,
            ..NewSet::default()
        };
        let texts = Schema {
            encoder: Some("mini-v1".to_owned()),
            reduction: Reduction::Ward { factor: 2 },
            ..Schema::new(8)
        };
        let set = named(Some("title"), None).settle(&texts).unwrap();
        assert_eq!((set.dim, set.reduction, set.encoder.as_deref()), (8, texts.reduction, Some("mini-v1")));
        let set = named(None, Some(3)).settle(&texts).unwrap();
        assert_eq!((set.dim, set.reduction, set.encoder), (3, Reduction::Keep, None));
        let of = |tokens, centroids| NewSet { tokens, centroids, ..named(None, Some(3)) }.settle(&texts);
        let tokens = of(Some(TokenCode::Int2), Some(16)).unwrap().tokens;
        assert_eq!(tokens, TokenEncoding::Int2 { centroids: Some(16) });
        for (refused, message) in [
            (of(None, Some(16)), "set \"title\": "),
            (named(None, None).settle(&texts), "set \"title\": say dim=D"),
            (named(Some("title"), Some(3)).settle(&texts), "encoder mini-v1 gives dimension 8, not 3"),
            (named(Some("title"), None).settle(&Schema::new(8)), "this collection has no encoder"),
        ] {
            let error = refused.unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn sources_are_titles_texts_and_attributes() {
        let attributes = json!({ "facets": { "method": ["a", "b"], "none": " " }, "title": "kept" });
        let of = |source, title| text_of_source(source, title, "whole", attributes.as_object().unwrap());
        assert_eq!(of("_text", None).as_deref(), Some("whole"));
        assert_eq!(of("title", Some("T")).as_deref(), Some("T"));
        assert_eq!(of("title", None).as_deref(), Some("kept"));
        assert_eq!(of("facets.method", None).as_deref(), Some("a\nb"));
        assert_eq!((of("facets.none", None), of("year", None)), (None, None));
    }
}

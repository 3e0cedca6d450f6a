//! Layout of a document in the store: one row of four to seven columns, and two more for each named vector set, written
//! together and only together.

use crate::encoding::EncodingScratch;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{NUM_COMMON_COLUMNS, NUM_PROTECTED};
use crate::sentence::SentenceField;
use crate::vector_field::VectorField;
use crate::words::WordsSchema;
use crate::{Document, Schema};
use pleiad_compress::reduce::{ReduceScratch, Reduced, encode_labels};
use pleiad_store::{Column, Layout};
use pleiad_vectors::MultiVectorRef;
use serde_json::{Map, Value};

/// The text: a byte that says whether there is one, then UTF-8.
pub(crate) const TEXT: usize = 2;
/// The attributes: a JSON object, or nothing for an empty one.
pub(crate) const ATTRIBUTES: usize = 3;
/// The terms of the text, where the schema has words.
pub(crate) const TERMS: usize = NUM_COMMON_COLUMNS;

/// The layout of the store of a schema.
///
/// # Errors
/// `InvalidArgument` when the schema is impossible.
pub(crate) fn layout(
    schema: &Schema,
    fields: &[VectorField],
    sentence: Option<&SentenceField>,
) -> Result<Layout> {
    schema.words.as_ref().map_or(Ok(()), WordsSchema::check)?;
    let width = |field: &VectorField| {
        u32::try_from(field.fde_code.bytes()).map_err(|_| Error::invalid("the FDE code is wider than 4 GiB"))
    };
    let column = |name: &str, width| Column { name: name.to_owned(), width };
    let (body, further) = body_of(fields)?;
    let mut columns = vec![
        column("fde", Some(width(body)?)),
        column("tokens", None),
        column("text", None),
        column("attributes", None),
    ];
    columns.extend(schema.words.as_ref().map(|_| column("terms", None)));
    columns.extend(sentence.map(|sentence| column("sentence", Some(sentence.width() as u32))));
    columns.extend(body.columns.labels.map(|_| column("labels", None)));
    for field in further {
        columns.push(column(&format!("fde:{}", field.name), Some(width(field)?)));
        columns.push(column(&format!("tokens:{}", field.name), None));
    }
    Ok(Layout::new(columns, schema.to_bytes()?)?)
}

/// The first vector set of a collection, and the others.
fn body_of(fields: &[VectorField]) -> Result<(&VectorField, &[VectorField])> {
    fields.split_first().ok_or_else(|| Error::new(ErrorKind::Internal, "a collection has no vector set"))
}

/// Memory that documents share.
#[derive(Default)]
pub(crate) struct Scratch {
    reduce: ReduceScratch,
    fde: EncodingScratch,
}

/// The encoders of a document's columns.
#[derive(Clone, Copy)]
pub(crate) struct ColumnEncoder<'a> {
    /// All vector sets, the first one's first.
    pub(crate) fields: &'a [VectorField],
    /// Fields of text whose terms are kept, if the collection keeps words.
    pub(crate) num_text_fields: Option<usize>,
    pub(crate) sentence: Option<&'a SentenceField>,
}

/// The columns of some documents, in layout order. Cost: their reductions and one FDE for each set.
pub(crate) fn encode(
    encoder: ColumnEncoder<'_>,
    documents: Vec<Document>,
    scratch: &mut Scratch,
) -> Result<Vec<Vec<Vec<u8>>>> {
    // A batch that only deletes needs nothing that has to be learned.
    if documents.is_empty() {
        return Ok(Vec::new());
    }
    let (body, further) = body_of(encoder.fields)?;
    let encoded = EncodedSet::of(body, &documents, scratch)?;
    let optional: Vec<Vec<Vec<u8>>> = documents
        .iter()
        .zip(&encoded.reduced)
        .map(|(document, reduced)| encode_optional(encoder, document, reduced.as_ref()))
        .collect::<Result<_>>()?;
    let of_sets: Vec<EncodedSet> =
        further.iter().map(|field| EncodedSet::of(field, &documents, scratch)).collect::<Result<_>>()?;
    let mut of_sets: Vec<_> = of_sets.into_iter().map(|set| set.codes.into_iter()).collect();
    let columns = documents.into_iter().zip(encoded.codes).zip(optional).map(
        |((document, [fde, tokens]), optional)| {
            let mut columns = vec![fde, tokens, encode_text(document.text.as_deref()), document.attributes];
            columns.extend(optional);
            columns.extend(of_sets.iter_mut().filter_map(Iterator::next).flatten());
            columns
        },
    );
    Ok(columns.collect())
}

/// One vector set of some documents, in their order.
struct EncodedSet {
    /// Codes of the FDE and of the tokens.
    codes: Vec<[Vec<u8>; 2]>,
    /// Nothing for a document without this set, and where all rows are kept.
    reduced: Vec<Option<Reduced>>,
}

impl EncodedSet {
    fn of(field: &VectorField, documents: &[Document], scratch: &mut Scratch) -> Result<Self> {
        let reduced: Vec<Option<Reduced>> =
            documents.iter().map(|document| reduce(field, document, scratch)).collect::<Result<_>>()?;
        Ok(Self { codes: encode_vectors(field, documents, &reduced, scratch)?, reduced })
    }
}

/// The codes of the FDE and of the tokens of each document; zeros and nothing for one without token vectors.
fn encode_vectors(
    field: &VectorField,
    documents: &[Document],
    reduced: &[Option<Reduced>],
    scratch: &mut Scratch,
) -> Result<Vec<[Vec<u8>; 2]>> {
    let with_vectors: Vec<(&Document, MultiVectorRef<'_>)> = documents
        .iter()
        .zip(reduced)
        .filter_map(|(document, reduced)| {
            let vectors =
                reduced.as_ref().map(|reduced| &reduced.vectors).or(document.vectors_of(&field.name))?;
            Some((document, vectors.as_ref()))
        })
        .collect();
    let vectors: Vec<MultiVectorRef<'_>> = with_vectors.iter().map(|(_, vectors)| *vectors).collect();
    let fde_dim = field.encoding.fde_dim();
    let mut fdes = vec![0.0; vectors.len() * fde_dim];
    // What has to be learned is not yet there where no document has any.
    if !vectors.is_empty() {
        field.encoding.encode_documents_into(&vectors, &mut scratch.fde, &mut fdes).map_err(
            |(at, error)| {
                explain(field, with_vectors[at].0, "its FDE cannot be computed", &error).caused_by(error)
            },
        )?;
    }
    let mut encoded = with_vectors
        .into_iter()
        .zip(fdes.chunks_exact(fde_dim))
        .map(|((document, vectors), fde)| encode_codes(field, document, vectors, fde));
    let no_fde = vec![0.0; fde_dim];
    let codes = documents.iter().map(|document| match document.vectors_of(&field.name) {
        Some(_) => {
            encoded.next().unwrap_or_else(|| Err(Error::new(ErrorKind::Internal, "a document has no codes")))
        }
        None => Ok([encode_fde(field, document, &no_fde, 0.0)?, Vec::new()]),
    });
    codes.collect()
}

fn explain(field: &VectorField, document: &Document, what: &str, error: &dyn std::fmt::Display) -> Error {
    Error::invalid(format!("document {:?}: {}{what}: {error}", document.key.as_str(), field.in_words()))
}

/// The columns of a document that its schema need not have: terms, sentence vector, labels.
fn encode_optional(
    encoder: ColumnEncoder<'_>,
    document: &Document,
    reduced: Option<&Reduced>,
) -> Result<Vec<Vec<u8>>> {
    let mut columns = Vec::new();
    columns.extend(encode_terms(encoder.num_text_fields, document)?);
    match encoder.sentence {
        Some(sentence) => {
            let zeros = document.vectors.is_none().then(|| sentence.zeros());
            let given = document.sentence.as_deref().or(zeros.as_deref());
            columns.push(sentence.encode(document.key.as_str(), given)?);
        }
        None if document.sentence.is_some() => {
            let key = document.key.as_str();
            let message = format!("document {key:?} has a sentence vector, and this collection keeps none");
            return Err(Error::invalid(message));
        }
        None => {}
    }
    let (body, _) = body_of(encoder.fields)?;
    if body.columns.labels.is_some() {
        let mut labels = Vec::new();
        encode_labels(reduced.map_or(&[], |reduced| &reduced.labels), &mut labels).map_err(|error| {
            explain(body, document, "its rows cannot be numbered", &error).caused_by(error)
        })?;
        columns.push(labels);
    }
    Ok(columns)
}

/// The column of a document's terms, if the schema has one.
fn encode_terms(num_text_fields: Option<usize>, document: &Document) -> Result<Option<Vec<u8>>> {
    let Some(num_fields) = num_text_fields else {
        if document.terms.is_empty() {
            return Ok(None);
        }
        let key = document.key.as_str();
        return Err(Error::invalid(format!(
            "document {key:?} has terms, and this collection keeps no words"
        )));
    };
    let terms = document.terms.finish(num_fields);
    terms.map(Some).map_err(|error| {
        let message = format!("document {:?}: its terms cannot be stored: {error}", document.key.as_str());
        Error::invalid(message).caused_by(error)
    })
}

/// A document's rows, unless all are kept.
fn reduce(field: &VectorField, document: &Document, scratch: &mut Scratch) -> Result<Option<Reduced>> {
    let Some((reducer, vectors)) = field.reducer.as_ref().zip(document.vectors_of(&field.name)) else {
        return Ok(None);
    };
    let reduced = reducer.reduce(vectors.as_ref(), NUM_PROTECTED, &mut scratch.reduce).map(Some);
    reduced.map_err(|error| explain(field, document, "it cannot be reduced", &error).caused_by(error))
}

/// The codes of a document's FDE and of its tokens.
fn encode_codes(
    field: &VectorField,
    document: &Document,
    vectors: MultiVectorRef<'_>,
    fde: &[f32],
) -> Result<[Vec<u8>; 2]> {
    let fde_code = encode_fde(field, document, fde, mean_length(vectors))?;
    let mut tokens = Vec::new();
    field
        .tokens
        .writing_codec()?
        .encode(vectors, &mut tokens)
        .map_err(|error| explain(field, document, "its tokens cannot be stored", &error).caused_by(error))?;
    Ok([fde_code, tokens])
}

fn encode_fde(field: &VectorField, document: &Document, fde: &[f32], mean_length: f32) -> Result<Vec<u8>> {
    let mut code = Vec::with_capacity(field.fde_code.bytes());
    let encoded = field.fde_code.encode(fde, mean_length, &mut code);
    encoded.map_err(|error| explain(field, document, "its FDE cannot be stored", &error).caused_by(error))?;
    Ok(code)
}

/// Mean length of token vectors: 1 for unit vectors.
pub(crate) fn mean_length(vectors: MultiVectorRef<'_>) -> f32 {
    let total: f64 =
        vectors.rows().map(|row| row.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt()).sum();
    (total / vectors.num_tokens().max(1) as f64) as f32
}

fn encode_text(text: Option<&str>) -> Vec<u8> {
    text.map_or_else(Vec::new, |text| [&[1], text.as_bytes()].concat())
}

/// The text of a row; `place` names it in errors.
pub(crate) fn decode_text(bytes: &[u8], place: impl Fn() -> String) -> Result<Option<&str>> {
    match bytes {
        [] => Ok(None),
        [1, text @ ..] => std::str::from_utf8(text)
            .map(Some)
            .map_err(|error| Error::corrupt(format!("{}: its text is not UTF-8", place())).caused_by(error)),
        [first, ..] => Err(Error::corrupt(format!("{}: its text begins with byte {first}", place()))),
    }
}

/// The attributes as a row holds them.
pub(crate) fn encode_attributes(attributes: &Map<String, Value>) -> serde_json::Result<Vec<u8>> {
    if attributes.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::to_vec(attributes)
}

/// The attributes of a row; `place` names it in errors.
pub(crate) fn decode_attributes(bytes: &[u8], place: impl Fn() -> String) -> Result<Map<String, Value>> {
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_slice(bytes)
        .map_err(|error| Error::corrupt(format!("{}: its attributes are not JSON", place())).caused_by(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_and_empty_text_differ() {
        let place = || String::from("row 1");
        for text in [None, Some(""), Some("naïve")] {
            assert_eq!(decode_text(&encode_text(text), place).unwrap(), text);
        }
        assert!(decode_text(&[1, 0xff], place).is_err());
        assert!(decode_text(&[7], place).is_err());
        assert!(decode_attributes(b"[1]", place).unwrap_err().to_string().contains("row 1"));
    }
}

//! Deep check: derives encodings again from the stored tokens, and compares them.

use crate::columns::mean_length;
use crate::encoding::EncodingScratch;
use crate::error::Result;
use crate::snapshot::DocAddress;
use crate::{Error, Snapshot, TokenCode, attributes, words};
use pleiad_vectors::MultiVector;
use rayon::prelude::*;

/// Least cosine between the stored FDE and the one of the stored tokens, both as codes. The fewer bits a token has, the
/// more of them fall on the other side of a hyperplane than the token that came in. The least of 60 sets of 1 to 20
/// vectors without any structure: .996 with 16 bits a value, .976 with 8, .776 with 4, .485 with 2, .285 with one;
/// an encoding of another set has about .2.
fn min_cosine(code: TokenCode) -> f64 {
    match code {
        TokenCode::F16 | TokenCode::Int8 | TokenCode::Int4 => 0.5,
        TokenCode::Int2 => 0.3,
        TokenCode::Int1 => 0.2,
    }
}

/// Documents that disagree with themselves, and segments whose lists of words are not those of their documents. Cost:
/// one FDE for each set of each document, on all cores, and all lists of words.
pub(crate) fn verify_encodings(snapshot: &Snapshot) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for snapshot in snapshot.of_each_field() {
        found.extend(verify_set(&snapshot)?);
    }
    found.extend(words::verify_encodings(snapshot));
    found.extend(attributes::verify_encodings(snapshot));
    Ok(found)
}

/// Documents whose FDE of the set that is searched is not that of their tokens.
fn verify_set(snapshot: &Snapshot) -> Result<Vec<String>> {
    let field = snapshot.field();
    field.encoding.prepare(&snapshot.view)?;
    let locations = snapshot.live_documents()?;
    let least = min_cosine(field.tokens.code());
    let found = locations.into_par_iter().map_init(EncodingScratch::default, |scratch, location| {
        let cosine = cosine(snapshot, location, scratch);
        let key = snapshot.key(location).map_or_else(|_| String::from("?"), |key| key.as_str().to_owned());
        match cosine {
            Ok(cosine) if cosine >= least => None,
            Ok(cosine) => Some(format!(
                "{}: {}the FDE of document {key:?} is not that of its tokens (cosine {cosine:.3})",
                snapshot.place(location),
                field.in_words()
            )),
            Err(error) => {
                Some(format!("{}: {}document {key:?}: {error}", snapshot.place(location), field.in_words()))
            }
        }
    });
    Ok(found.flatten().collect())
}

fn cosine(snapshot: &Snapshot, location: DocAddress, scratch: &mut EncodingScratch) -> Result<f64> {
    let field = snapshot.field();
    let damaged = |error: &dyn std::fmt::Display| Error::corrupt(error.to_string());
    let (mut values, mut stored) = (Vec::new(), Vec::new());
    snapshot.token_codec()?.decode(snapshot.token_codes(location)?, &mut values).map_err(|e| damaged(&e))?;
    let vectors = MultiVector::new(values, field.dim)?;
    if vectors.is_empty() {
        field.fde_code.decode(snapshot.fde_code(location)?, &mut stored).map_err(|e| damaged(&e))?;
        return Ok(cosine_of(&stored, &vec![0.0; field.encoding.fde_dim()]));
    }
    field.fde_code.decode(snapshot.fde_code(location)?, &mut stored).map_err(|e| damaged(&e))?;
    let mut fde = vec![0.0; field.encoding.fde_dim()];
    field.encoding.encode_document_into(vectors.as_ref(), scratch, &mut fde).map_err(|e| damaged(&e))?;
    let mut code = Vec::with_capacity(field.fde_code.bytes());
    field.fde_code.encode(&fde, mean_length(vectors.as_ref()), &mut code).map_err(|e| damaged(&e))?;
    field.fde_code.decode(&code, &mut fde).map_err(|e| damaged(&e))?;
    Ok(cosine_of(&stored, &fde))
}

/// 1 for two vectors of zeros; not above 0 where a value is not finite.
fn cosine_of(a: &[f32], b: &[f32]) -> f64 {
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum() };
    let (norm_a, norm_b) = (dot(a, a).sqrt(), dot(b, b).sqrt());
    if norm_a == 0.0 && norm_b == 0.0 {
        return 1.0;
    }
    let cosine = dot(a, b) / (norm_a * norm_b);
    if cosine.is_finite() { cosine } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::cosine_of;

    #[test]
    fn what_is_not_finite_never_agrees() {
        assert_eq!(cosine_of(&[0.0], &[0.0]), 1.0);
        assert_eq!(cosine_of(&[0.0, 1.0], &[0.0, 0.0]), 0.0);
        assert_eq!(cosine_of(&[f32::NAN, 1.0], &[1.0, 1.0]), 0.0);
        assert_eq!(cosine_of(&[f32::INFINITY, 1.0], &[1.0, 1.0]), 0.0);
        assert!((cosine_of(&[3.0, 4.0], &[6.0, 8.0]) - 1.0).abs() < 1e-12);
    }
}

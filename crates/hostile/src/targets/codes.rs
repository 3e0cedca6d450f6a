//! Codes of tokens and of Fixed Dimensional Encodings: the first two bytes pick code and dimension.

use pleiad_compress::quantize::{FdeCode, FdeCodec, TokenCode, TokenCodec};
use pleiad_vectors::MultiVector;

const TOKEN_CODES: [TokenCode; 5] =
    [TokenCode::F16, TokenCode::Int8, TokenCode::Int4, TokenCode::Int2, TokenCode::Int1];
const FDE_CODES: [FdeCode; 4] = [FdeCode::F32, FdeCode::Int8, FdeCode::Int4, FdeCode::Sign];

pub(super) fn seeds() -> Vec<Vec<u8>> {
    (0..5u8).map(|code| [&[code, 15][..], &[0x3c; 16 * 9]].concat()).collect()
}

pub(super) fn codes(bytes: &[u8]) {
    let [code, dim, codes @ ..] = bytes else { return };
    let dim = usize::from(*dim) + 1;
    if let Ok(codec) = TokenCodec::new(TOKEN_CODES[usize::from(*code) % 5], dim) {
        let mut values = Vec::new();
        if codec.decode(codes, &mut values).is_ok() {
            // What decodes is finite: it makes a set of vectors.
            let vectors = MultiVector::new(values, dim);
            assert!(vectors.is_ok(), "decoded values are not a set of vectors: {vectors:?}");
        }
    }
    if let Ok(codec) = FdeCodec::new(FDE_CODES[usize::from(*code) % 4], dim) {
        let mut values = Vec::new();
        let is_decoded = codec.decode(codes, &mut values).is_ok();
        // Its values may be anything: a score of one that is not finite is refused where it is used.
        assert!(!is_decoded || values.len() == dim);
    }
}

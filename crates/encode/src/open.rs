//! The one door to encoders that lie in a folder.

use crate::checkpoint::ModelEncoder;
use crate::checkpoint::options::ModelOptions;
use crate::encoder::Encoder;
use crate::static_encoder::StaticEncoder;
use crate::weights::ModelError;
use crate::words_only::WordsOnly;
use std::path::Path;

/// Opens the built-in encoder of this id, as collections remember it: [`ModelEncoder::MINI`], [`WordsOnly::ID`] or one
/// of [`StaticEncoder::built_in`]; nothing if there is none. Cost: that of either.
///
/// # Errors
/// Never in practice: the files are part of the program and tested.
pub fn built_in(id: &str) -> Result<Option<Box<dyn Encoder>>, ModelError> {
    if let Some(model) = ModelEncoder::built_in(id)? {
        return Ok(Some(Box::new(model)));
    }
    if id == WordsOnly::ID {
        return Ok(Some(Box::new(WordsOnly)));
    }
    let failed = |source| ModelError::Static { path: id.into(), source };
    let found = StaticEncoder::built_in(id).map_err(failed)?;
    Ok(found.map(|encoder| Box::new(encoder) as Box<dyn Encoder>))
}

/// Opens whatever encoder a folder holds: a static encoder (`static.json` or `tokenizer.json` beside
/// `table.safetensors`), or a checkpoint of any [`Layout`](crate::Layout), run by our own layers or by ONNX Runtime.
///
/// `onnx_runtime` runs backbones, so it means nothing to a static encoder, which has none. Cost: every file is read,
/// that of the weights twice: their checksum is part of the encoder's id.
///
/// # Errors
/// When a file is missing, damaged or not understood; when an option asks for what the encoder does not have.
///
/// # Examples
/// ```no_run
/// let encoder = pleiad_encode::open("models/answerai-colbert-small-v1".as_ref(), &Default::default())?;
/// let queries = encoder.for_collection(&[]);
/// assert_eq!(queries.encode("Which planet is red?")?.vectors.dim(), encoder.dim());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn open(folder: &Path, options: &ModelOptions) -> Result<Box<dyn Encoder>, ModelError> {
    if !StaticEncoder::is_folder(folder) {
        return Ok(Box::new(ModelEncoder::open(folder, options)?));
    }
    if let Some(option) = options.of_a_backbone() {
        return Err(ModelError::StaticOption { folder: folder.to_owned(), option });
    }
    Ok(Box::new(StaticEncoder::open(folder)?))
}

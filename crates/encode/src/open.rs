//! The one door to encoders.

use crate::checkpoint::ModelEncoder;
use crate::checkpoint::options::ModelOptions;
use crate::encoder::Encoder;
use crate::weights::ModelError;
use crate::words_only::WordsOnly;
use std::path::Path;

/// Opens the built-in encoder of this id, as collections remember it: [`ModelEncoder::MINI`] or [`WordsOnly::ID`]; nothing
/// if there is none. Cost: the weights of the model are unpacked.
///
/// # Errors
/// Never in practice: the files are part of the program and tested.
pub fn built_in(id: &str) -> Result<Option<Box<dyn Encoder>>, ModelError> {
    if let Some(model) = ModelEncoder::built_in(id)? {
        return Ok(Some(Box::new(model)));
    }
    Ok((id == WordsOnly::ID).then(|| Box::new(WordsOnly) as Box<dyn Encoder>))
}

/// Opens the encoder that a folder holds, a checkpoint of any [`Layout`](crate::Layout), run by our own layers or by ONNX
/// Runtime. Cost: every file is read, that of the weights twice: their checksum is part of the encoder's id.
///
/// # Errors
/// When a file is missing, damaged or not understood; when an option asks for what the encoder does not have.
///
/// # Examples
/// ```no_run
/// let encoder = pleiad_encode::open("models/answerai-colbert-small-v1".as_ref(), &Default::default())?;
/// assert_eq!(encoder.encode_query("Which planet is red?")?.vectors.dim(), encoder.dim());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn open(folder: &Path, options: &ModelOptions) -> Result<Box<dyn Encoder>, ModelError> {
    Ok(Box::new(ModelEncoder::open(folder, options)?))
}

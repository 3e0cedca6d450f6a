//! A model packed into one file, as it comes and with its checksum put right, so that what stands behind that is read.

use super::text::{CONFIG, TOKENIZER};
use pleiad_encode::testing::seal_packed;
use pleiad_encode::{Encoder, ModelEncoder, ModelOptions, Precision};

pub(super) fn packed(bytes: &[u8]) {
    for file in [bytes.to_vec(), seal_packed(bytes)] {
        for precision in [Precision::Int8, Precision::F32] {
            if let Ok(encoder) = ModelEncoder::from_packed("hostile", file.clone(), precision) {
                drop(encoder.encode_document("a b ab ?"));
                drop(encoder.encode_query("a b ab ?"));
            }
        }
    }
}

/// The smallest model there is, packed.
pub(super) fn models() -> Vec<Vec<u8>> {
    let packed = || -> Result<Vec<u8>, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes);
        write("config.json", CONFIG.as_bytes())?;
        write("tokenizer.json", TOKENIZER.as_bytes())?;
        write("pytorch_model.bin", include_bytes!("../../seeds/torch.bin"))?;
        let model = ModelEncoder::open(folder.path(), &ModelOptions::default())?;
        Ok(model.pack(&["a b", "ab ? a"], 2)?)
    };
    vec![packed().unwrap_or_else(|error| panic!("a model cannot be packed: {error}"))]
}

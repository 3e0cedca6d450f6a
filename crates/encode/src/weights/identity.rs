use super::error::ModelError;
use super::files::WeightFiles;
use crate::import::open_regular;
use crc32fast::Hasher;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Files that decide what vectors a model gives. The sums of those that are there make up its identity.
const FILES: [&str; 7] = [
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "modules.json",
    "config_sentence_transformers.json",
    "sentence_bert_config.json",
    "artifact.metadata",
];

/// Weights of a layer behind the backbone that lie beside it.
pub(crate) const BGE_M3_HEAD: &str = "colbert_linear.pt";

/// Identity of a model: the name of its folder and a checksum over settings and weights, `name@0123abcd-89abcdef`.
///
/// The first part sums the settings, the second the files of weights and those of the layers behind the backbone. Cost:
/// every file is read once.
pub(crate) fn identity(folder: &Path, name: &str, mut weights: Vec<PathBuf>) -> Result<String, ModelError> {
    let settings: Vec<&str> = FILES.into_iter().filter(|file| folder.join(file).is_file()).collect();
    weights.extend(Some(folder.join(BGE_M3_HEAD)).filter(|head| head.is_file()));
    for module in numbered_folders(folder)? {
        weights.extend(Some(module.join("config.json")).filter(|config| config.is_file()));
        weights.extend(WeightFiles::find_any(&module)?.unwrap_or_default().files);
    }
    identity_of(folder, name, &settings, &weights)
}

/// A name, with a checksum over settings, whose names count, and one over files of weights.
fn identity_of(
    folder: &Path,
    name: &str,
    settings: &[&str],
    weights: &[PathBuf],
) -> Result<String, ModelError> {
    let (mut of_settings, mut of_weights) = (Hasher::new(), Hasher::new());
    for file in settings {
        of_settings.update(file.as_bytes());
        add(&folder.join(file), &mut of_settings)?;
    }
    for path in weights {
        add(path, &mut of_weights)?;
    }
    Ok(format!("{name}@{:08x}-{:08x}", of_settings.finalize(), of_weights.finalize()))
}

fn add(path: &Path, hasher: &mut Hasher) -> Result<(), ModelError> {
    let io = |source| ModelError::Io { path: path.to_owned(), source };
    let mut file = open_regular(path).map_err(io)?;
    hasher.update(&fs::metadata(path).map_err(io)?.len().to_le_bytes());
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(io)? {
            0 => return Ok(()),
            num_bytes => hasher.update(&buffer[..num_bytes]),
        }
    }
}

/// The folders of layers behind the backbone, `1_Dense` and so on, in order.
///
/// # Errors
/// When the folder cannot be listed.
pub(crate) fn numbered_folders(folder: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let io = |source| ModelError::Io { path: folder.to_owned(), source };
    let mut modules = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        if path.is_dir() && name.first().is_some_and(u8::is_ascii_digit) {
            modules.push(path);
        }
    }
    modules.sort();
    Ok(modules)
}

/// The name of a folder, also where the path ends in `.` or a link.
pub(crate) fn name_of(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let real =
        || folder.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    name.or_else(real).unwrap_or_else(|| "model".to_owned())
}

use super::ImportError;
use super::open::open_regular;
use pleiad_vectors::DocKey;
use std::collections::HashMap;
use std::io::BufReader;
use std::path::Path;

/// Reads a JSON list of ids: as many as there are texts, all different, each fit to be a key.
pub(super) fn read(path: &Path, num_texts: usize) -> Result<Vec<String>, ImportError> {
    let place = path.display().to_string();
    let file = open_regular(path).map_err(ImportError::io(&place))?;
    let ids: Vec<String> = serde_json::from_reader(BufReader::new(file))
        .map_err(|source| ImportError::Json { place: place.clone(), source })?;
    if ids.len() != num_texts {
        return Err(ImportError::Count { place, what: "ids", found: ids.len(), expected: num_texts });
    }
    let mut seen = HashMap::with_capacity(ids.len());
    for (row, id) in ids.iter().enumerate() {
        if let Err(source) = DocKey::new(id.as_str()) {
            return Err(ImportError::Id { place, row, source });
        }
        if let Some(first) = seen.insert(id.as_str(), row) {
            return Err(ImportError::DuplicateId { place, id: id.clone(), first, second: row });
        }
    }
    Ok(ids)
}

/// The ids of a single file: those of `NAME.ids.json` beside it, or else the numbers of the texts, from 0.
pub(super) fn beside(path: &Path, num_texts: usize) -> Result<Vec<String>, ImportError> {
    let path = path.with_extension("ids.json");
    if path.is_file() {
        read(&path, num_texts)
    } else {
        Ok((0..num_texts).map(|text| text.to_string()).collect())
    }
}

use super::array::Array;
use super::documents::Documents;
use super::ids::Ids;
use super::offsets::Offsets;
use super::rows::Rows;
use super::{ImportError, ids};
use pleiad_vectors::Query;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder of token vectors; see [the module](super) for its files. Opening reads headers, offsets and ids.
#[derive(Debug, Clone)]
pub struct VectorFolder {
    folder: PathBuf,
    ids: Arc<[String]>,
    dim: usize,
    num_vectors: usize,
}

/// The exact best documents of one query: id and score, best first.
pub type ExactTop<'a> = Vec<(&'a str, f32)>;

impl VectorFolder {
    /// Returns whether `folder` looks like one: it has the offsets of documents.
    pub fn is_one(folder: &Path) -> bool {
        folder.join("docs.off.npy").is_file()
    }

    /// Reads what is to be known before the vectors.
    ///
    /// # Errors
    /// When a file is missing, truncated or of another type or shape, offsets are out of order, or ids are doubled or
    /// of another number.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, ImportError> {
        let folder = folder.into();
        let (rows, offsets, ids) = open_side(&folder, "docs", "doc_ids.json")?;
        let (dim, num_vectors) = (rows.dim(), rows.num_rows());
        offsets.check()?;
        Ok(Self { folder, ids, dim, num_vectors })
    }

    /// Values per token vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of documents.
    pub fn num_documents(&self) -> usize {
        self.ids.len()
    }

    /// Number of token vectors of all documents.
    pub fn num_vectors(&self) -> usize {
        self.num_vectors
    }

    /// Ids of the documents in the order of the files.
    pub fn document_ids(&self) -> &[String] {
        &self.ids
    }

    /// The documents, read one by one.
    ///
    /// # Errors
    /// When the vectors cannot be opened any more.
    pub fn documents(&self) -> Result<Documents, ImportError> {
        let rows = open_rows(&self.folder, "docs")?;
        let offsets = open_offsets(&self.folder, "docs", &rows)?;
        Ok(Documents::together(rows, offsets, Ids::Listed(self.ids.clone())))
    }

    /// Ids and vectors of the queries.
    ///
    /// # Errors
    /// As [`VectorFolder::open`], for the files of the queries; or when they have another dimension.
    pub fn queries(&self) -> Result<Vec<(String, Query)>, ImportError> {
        let (rows, offsets, ids) = open_side(&self.folder, "queries", "query_ids.json")?;
        if rows.dim() != self.dim {
            let (place, what) = (rows.place().to_owned(), "dimensions (those of the documents)");
            return Err(ImportError::Count { place, what, found: rows.dim(), expected: self.dim });
        }
        let queries = Documents::together(rows, offsets, Ids::Listed(ids));
        queries.map(|query| query.map(|(id, vectors)| (id, Query::new(vectors)))).collect()
    }

    /// The exact best documents of each query, where the folder has them: `gt.ids.npy` (int32, row numbers of
    /// documents, -1 = none) and `gt.scores.npy` (float32), both `[num_queries, k]`.
    ///
    /// # Errors
    /// When only one of the files is there, their shapes differ, or a number names no document.
    pub fn exact_top(&self) -> Result<Option<Vec<ExactTop<'_>>>, ImportError> {
        let [ids, scores] = ["gt.ids.npy", "gt.scores.npy"].map(|name| self.folder.join(name));
        if !ids.is_file() && !scores.is_file() {
            return Ok(None);
        }
        let (ids, mut scores) = (Array::open_npy(&ids)?, Array::open_npy(&scores)?);
        let (num_queries, k) = match ids.shape[..] {
            [num_queries, k] if k > 0 => (num_queries, k),
            _ => return Err(ids.wrong_shape("[num_queries, k], k at least 1")),
        };
        if scores.shape != ids.shape {
            return Err(scores.wrong_shape("that of gt.ids.npy"));
        }
        let mut values = Vec::new();
        scores.read_f32(num_queries * k, &mut values)?;
        let place = ids.place.clone();
        let ids = ids.into_integers()?;
        let best = |query: usize| self.top(&place, query, &ids[query * k..][..k], &values[query * k..][..k]);
        (0..num_queries).map(best).collect::<Result<_, _>>().map(Some)
    }

    fn top(
        &self,
        place: &str,
        query: usize,
        ids: &[i64],
        scores: &[f32],
    ) -> Result<ExactTop<'_>, ImportError> {
        let named = ids.iter().zip(scores).filter(|&(&id, _)| id != -1);
        named
            .map(|(&document, &score)| {
                match usize::try_from(document).ok().and_then(|row| self.ids.get(row)) {
                    Some(id) => Ok((id.as_str(), score)),
                    None => {
                        let (place, num_documents) = (place.to_owned(), self.ids.len());
                        Err(ImportError::Truth { place, query, document, num_documents })
                    }
                }
            })
            .collect()
    }
}

/// Vectors, offsets and ids of one side.
type Side = (Rows, Offsets, Arc<[String]>);

fn open_side(folder: &Path, side: &str, id_file: &str) -> Result<Side, ImportError> {
    let rows = open_rows(folder, side)?;
    let offsets = open_offsets(folder, side, &rows)?;
    let ids = ids::read(&folder.join(id_file), offsets.num_texts())?;
    Ok((rows, offsets, ids))
}

fn open_offsets(folder: &Path, side: &str, rows: &Rows) -> Result<Offsets, ImportError> {
    Offsets::read(Array::open_npy(&folder.join(format!("{side}.off.npy")))?, rows.num_rows())
}

/// Opens the widest values that are there.
fn open_rows(folder: &Path, side: &str) -> Result<Rows, ImportError> {
    let first = |names: &[String]| names.iter().map(|name| folder.join(name)).find(|path| path.is_file());
    let names = ["f32", "f16", "i8"].map(|element| format!("{side}.{element}.npy"));
    let Some(path) = first(&names) else {
        return Err(ImportError::Missing { folder: folder.to_owned(), expected: names.join(" or ") });
    };
    let scales = match path.ends_with(&names[2]) {
        true => first(&["f32", "f16"].map(|element| format!("{side}.scale.{element}.npy"))),
        false => None,
    };
    let scales = scales.map(|path| Array::open_npy(&path)).transpose()?;
    Rows::new(Array::open_npy(&path)?, scales)
}

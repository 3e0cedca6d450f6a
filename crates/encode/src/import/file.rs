use super::array::Array;
use super::documents::Documents;
use super::offsets::Offsets;
use super::open::open_regular;
use super::rows::Rows;
use super::zip::Zip;
use super::{ImportError, ids};
use crate::weights::safetensors::Safetensors;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// One file of token vectors.
///
/// - `.npy` `[num_documents, dim]`: documents of one vector; `[num_documents, num_tokens, dim]`: documents of equally
///   many vectors.
/// - `.npz` and `.safetensors`: `vectors` `[num_vectors, dim]`, `offsets` `[num_documents + 1]` and, for eight-bit
///   values, `scale` `[num_vectors]`.
///
/// Ids come from `NAME.ids.json` beside the file, a list of strings; without it they are the numbers from 0.
#[derive(Debug, Clone)]
pub struct VectorFile {
    path: PathBuf,
    offsets: Offsets,
    ids: Vec<String>,
    dim: usize,
    num_vectors: usize,
}

/// The formats, each able to open an array by name.
enum Container {
    Npy,
    Npz(Zip),
    Safetensors(Safetensors),
}

impl VectorFile {
    /// Reads what is to be known before the vectors.
    ///
    /// # Errors
    /// When the name tells no format, the file is truncated or of another type or shape, offsets are out of order, or
    /// ids are doubled or of another number.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, ImportError> {
        let path = path.into();
        let container = Container::open(&path)?;
        let (rows, regular) = container.rows(&path)?;
        let offsets = match regular {
            Some(offsets) => offsets,
            None => Offsets::read(container.array(&path, "offsets")?, rows.num_rows())?,
        };
        let ids = ids::beside(&path, offsets.num_texts())?;
        Ok(Self { dim: rows.dim(), num_vectors: rows.num_rows(), path, offsets, ids })
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

    /// The documents, read one by one.
    ///
    /// # Errors
    /// When the vectors cannot be opened any more.
    pub fn documents(&self) -> Result<Documents, ImportError> {
        let (rows, _) = Container::open(&self.path)?.rows(&self.path)?;
        Ok(Documents::new(rows, self.offsets.clone(), self.ids.clone()))
    }
}

impl Container {
    fn open(path: &Path) -> Result<Self, ImportError> {
        let place = path.display().to_string();
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        match extension.as_str() {
            "npy" => Ok(Self::Npy),
            "npz" => Ok(Self::Npz(Zip::open(path)?)),
            "safetensors" => {
                let file = open_regular(path).map_err(ImportError::io(&place))?;
                let file_bytes = file.metadata().map_err(ImportError::io(&place))?.len();
                let read = Safetensors::read_from(BufReader::new(file), file_bytes);
                read.map(Self::Safetensors).map_err(|source| ImportError::Safetensors { place, source })
            }
            _ => Err(ImportError::Format { place }),
        }
    }

    /// Opens an array; a `.npy` file has only one.
    fn array(&self, path: &Path, name: &str) -> Result<Array, ImportError> {
        match self {
            Self::Npy => Array::open_npy(path),
            Self::Npz(zip) => {
                let (source, num_bytes) = zip.entry(&format!("{name}.npy"))?;
                Array::from_npy(format!("{}, array `{name}`", path.display()), source, num_bytes)
            }
            Self::Safetensors(file) => Array::open_tensor(path, file, name),
        }
    }

    /// The vectors, and the offsets where the shape already says them.
    fn rows(&self, path: &Path) -> Result<(Rows, Option<Offsets>), ImportError> {
        let mut vectors = self.array(path, "vectors")?;
        let scales = match self {
            Self::Npy => None,
            _ if vectors.element.is_quantized() => Some(self.array(path, "scale")?),
            _ => None,
        };
        let regular = match (self, &vectors.shape[..]) {
            (Self::Npy, &[num_texts, _]) => Some((num_texts, 1)),
            (Self::Npy, &[num_texts, num_rows, dim]) if num_rows > 0 && dim > 0 => {
                // The length of the file was checked against the shape, so the product is no more than it holds.
                vectors.shape = vec![num_texts * num_rows, dim];
                Some((num_texts, num_rows))
            }
            (Self::Npy, _) => {
                return Err(vectors.wrong_shape("[num_documents, dim] or [num_documents, num_tokens, dim]"));
            }
            _ => None,
        };
        let rows = Rows::new(vectors, scales)?;
        // Only now: a shape with a zero in it may name more documents than there is memory.
        Ok((rows, regular.map(|(num_texts, num_rows)| Offsets::regular(num_texts, num_rows))))
    }
}

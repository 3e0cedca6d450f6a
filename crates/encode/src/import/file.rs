use super::array::Array;
use super::documents::Documents;
use super::ids::Ids;
use super::offsets::Offsets;
use super::open_regular;
use super::rows::Rows;
use super::zip::Zip;
use super::{ImportError, ids};
use crate::weights::safetensors::Safetensors;
use pleiad_vectors::Query;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One file of token vectors.
///
/// - `.npy` `[num_documents, dim]`: documents of one vector; `[num_documents, num_tokens, dim]`: documents of equally
///   many vectors.
/// - `.npz` and `.safetensors` with `vectors` `[num_vectors, dim]`, and `offsets` `[num_documents + 1]` or `lengths`
///   `[num_documents]`; `scale` `[num_vectors]` for eight-bit values. With `vectors` alone as `.npy`.
/// - `.npz` and `.safetensors` without `vectors`: an array `[num_tokens, dim]` for each document, named by its id. One
///   array alone is read as `.npy`.
///
/// Vectors are float16, bfloat16, float32, float64, or int8 with scales; offsets and lengths are integers of 32 or 64
/// bits. `.npy` may be big-endian or in Fortran order. Ids come from `NAME.ids.json` beside the file, a list of strings
/// or integers; without it they are the numbers from 0.
#[derive(Debug, Clone)]
pub struct VectorFile {
    path: PathBuf,
    layout: Layout,
    ids: Ids,
    dim: usize,
    num_vectors: usize,
}

/// Arrangement of the rows of texts.
#[derive(Debug, Clone)]
enum Layout {
    /// One array whose shape says it.
    Alone(String),
    /// One array as the vectors of one query.
    OneQuery(String),
    /// `vectors`, and the array of this name.
    Packed(&'static str),
    /// An array for each text.
    Apart(Arc<[String]>),
}

/// Names of arrays which say what only the file of ids beside may say, or what nothing reads.
const NOT_READ: [&str; 9] =
    ["ids", "keys", "doc_ids", "document_ids", "docids", "query_ids", "mask", "masks", "attention_mask"];

impl VectorFile {
    /// Reads what is to be known before the vectors, and goes through offsets and lengths once. Memory: the ids of the
    /// file beside, if there is one.
    ///
    /// # Errors
    /// When the name tells no format, the file is truncated or of another type or shape, offsets are out of order, or
    /// ids are doubled or of another number.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, ImportError> {
        let path = path.into();
        let container = Container::open(&path)?;
        let layout = container.layout(&path)?;
        Self::with_layout(path, &container, layout)
    }

    /// The same for queries: one array of one or two dimensions, `[dim]` or `[num_tokens, dim]`, is one query, unless
    /// `NAME.ids.json` beside it tells of several of one vector each.
    ///
    /// # Errors
    /// As [`VectorFile::open`].
    pub fn open_queries(path: impl Into<PathBuf>) -> Result<Self, ImportError> {
        let path = path.into();
        let container = Container::open(&path)?;
        let mut layout = container.layout(&path)?;
        if let Layout::Alone(name) = &layout
            && !path.with_extension("ids.json").is_file()
            && container.array(&path, name)?.shape.len() < 3
        {
            layout = Layout::OneQuery(name.clone());
        }
        Self::with_layout(path, &container, layout)
    }

    fn with_layout(path: PathBuf, container: &Container, layout: Layout) -> Result<Self, ImportError> {
        let (dim, num_vectors, ids) = match &layout {
            Layout::Apart(names) => {
                let (dim, num_vectors) = container.check_texts(&path, names)?;
                (dim, num_vectors, Ids::Listed(names.clone()))
            }
            _ => {
                let (rows, offsets) = container.together(&path, &layout)?;
                let ids = ids::beside(&path, offsets.num_texts())?;
                offsets.check()?;
                (rows.dim(), rows.num_rows(), ids)
            }
        };
        Ok(Self { path, layout, ids, dim, num_vectors })
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
        let container = Container::open(&self.path)?;
        if let Layout::Apart(names) = &self.layout {
            return Ok(Documents::apart(self.path.clone(), container, names.clone()));
        }
        let (rows, offsets) = container.together(&self.path, &self.layout)?;
        Ok(Documents::together(rows, offsets, self.ids.clone()))
    }

    /// All documents as queries, with their ids.
    ///
    /// # Errors
    /// The first that cannot be read.
    pub fn queries(&self) -> Result<Vec<(String, Query)>, ImportError> {
        self.documents()?.map(|query| query.map(|(id, vectors)| (id, Query::new(vectors)))).collect()
    }
}

/// The formats, each able to open an array by name.
pub(super) enum Container {
    Npy,
    Npz(Zip),
    Safetensors(Safetensors),
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

    /// Names of the arrays; a `.npy` file has one without.
    fn names(&self) -> Vec<String> {
        match self {
            Self::Npy => vec![String::new()],
            Self::Npz(zip) => {
                zip.names().map(|name| name.strip_suffix(".npy").unwrap_or(name).to_owned()).collect()
            }
            Self::Safetensors(file) => file.names().map(str::to_owned).collect(),
        }
    }

    fn layout(&self, path: &Path) -> Result<Layout, ImportError> {
        let names = self.names();
        let has = |name: &str| names.iter().any(|found| found == name);
        let wrong = |reason| {
            let present = names.iter().take(8).cloned().collect();
            Err(ImportError::Arrays { place: path.display().to_string(), present, reason })
        };
        if names.len() > 1 && NOT_READ.iter().any(|name| has(name)) {
            return wrong("ids are read from NAME.ids.json beside the file, and masks are not read");
        }
        match (has("vectors"), has("offsets"), has("lengths")) {
            (true, true, true) => wrong("both offsets and lengths"),
            (true, true, false) => Ok(Layout::Packed("offsets")),
            (true, false, true) => Ok(Layout::Packed("lengths")),
            (true, false, false)
                if names.iter().all(|name| ["vectors", "scale"].contains(&name.as_str())) =>
            {
                Ok(Layout::Alone("vectors".to_owned()))
            }
            (true, false, false) => wrong("there is neither `offsets` nor `lengths`"),
            (false, true, _) | (false, _, true) => wrong("there is no `vectors`"),
            (false, false, false) if names.is_empty() => wrong("the file is empty"),
            (false, false, false) => match &names[..] {
                [name] if matches!(self, Self::Npy) || self.array(path, name)?.shape.len() == 3 => {
                    Ok(Layout::Alone(name.clone()))
                }
                _ => Ok(Layout::Apart(ids::checked(&path.display().to_string(), names)?)),
            },
        }
    }

    /// Opens an array.
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

    /// The vectors of all texts, and which of them belong to which.
    fn together(&self, path: &Path, layout: &Layout) -> Result<(Rows, Offsets), ImportError> {
        let name = match layout {
            Layout::Alone(name) | Layout::OneQuery(name) => name,
            Layout::Packed(_) | Layout::Apart(_) => "vectors",
        };
        let mut vectors = self.array(path, name)?;
        let scales = match self {
            Self::Npy => None,
            _ if vectors.element.is_quantized() => Some(self.array(path, "scale")?),
            _ => None,
        };
        let regular = match (layout, &vectors.shape[..]) {
            (Layout::Packed(_) | Layout::Apart(_), _) => None,
            (Layout::OneQuery(_), &[dim]) => {
                vectors.shape = vec![1, dim];
                Some((1, 1))
            }
            (Layout::OneQuery(_), &[num_rows, _]) => Some((1, num_rows)),
            (_, &[num_texts, _]) => Some((num_texts, 1)),
            (_, &[num_texts, num_rows, dim]) if num_rows > 0 && dim > 0 => {
                // The length of the file was checked against the shape, so the product is no more than it holds.
                vectors.shape = vec![num_texts * num_rows, dim];
                Some((num_texts, num_rows))
            }
            _ => {
                return Err(vectors.wrong_shape("[num_documents, dim] or [num_documents, num_tokens, dim]"));
            }
        };
        let rows = Rows::new(vectors, scales)?;
        // Only now: a shape with a zero in it may name more documents than there are.
        let offsets = match (regular, layout) {
            (Some((num_texts, num_rows)), _) => Offsets::regular(num_texts, num_rows),
            (None, Layout::Packed("lengths")) => {
                Offsets::lengths(self.array(path, "lengths")?, rows.num_rows())?
            }
            (None, _) => Offsets::read(self.array(path, "offsets")?, rows.num_rows())?,
        };
        Ok((rows, offsets))
    }

    /// The vectors of one text in an array of its own: `[num_tokens, dim]`, or `[dim]` for one.
    pub(super) fn one_text(&self, path: &Path, name: &str) -> Result<Rows, ImportError> {
        let mut vectors = self.array(path, name)?;
        if let [dim] = vectors.shape[..] {
            vectors.shape = vec![1, dim];
        }
        Rows::new(vectors, None)
    }

    /// Dimension and number of vectors of texts in arrays of their own.
    fn check_texts(&self, path: &Path, names: &[String]) -> Result<(usize, usize), ImportError> {
        let (mut dim, mut num_vectors) = (0, 0);
        for (at, name) in names.iter().enumerate() {
            let rows = self.one_text(path, name)?;
            if at == 0 {
                dim = rows.dim();
            }
            if rows.dim() != dim {
                let (place, what) = (rows.place().to_owned(), "dimensions (those of the first array)");
                return Err(ImportError::Count { place, what, found: rows.dim(), expected: dim });
            }
            num_vectors += rows.num_rows();
        }
        Ok((dim, num_vectors))
    }
}

use super::ImportError;
use super::file::Container;
use super::ids::Ids;
use super::offsets::Offsets;
use super::rows::Rows;
use pleiad_vectors::{MAX_TOKENS, MultiVector, VectorError};
use std::path::PathBuf;
use std::sync::Arc;

/// Ids and token vectors of texts in the order of the file, read one by one.
///
/// A text whose values are not usable is an error of its own and the next call goes on; after a failed read the
/// iterator ends. Memory: one text, whatever the number of texts.
pub struct Documents {
    source: Source,
    ids: Ids,
    next: usize,
}

enum Source {
    /// The rows of all texts in one array.
    Together { rows: Box<Rows>, offsets: Offsets },
    /// An array for each text, named by its id.
    Apart { path: PathBuf, container: Container, names: Arc<[String]> },
}

impl Documents {
    pub(super) fn together(rows: Rows, offsets: Offsets, ids: Ids) -> Self {
        Self { source: Source::Together { rows: Box::new(rows), offsets }, ids, next: 0 }
    }

    pub(super) fn apart(path: PathBuf, container: Container, names: Arc<[String]>) -> Self {
        let ids = Ids::Listed(names.clone());
        Self { source: Source::Apart { path, container, names }, ids, next: 0 }
    }

    /// The rows of the next text; nothing behind the last.
    fn read(&mut self, text: usize) -> Result<Option<(String, MultiVector)>, ImportError> {
        let Self { source, ids, next } = self;
        let mut opened;
        let (rows, first, num_rows) = match source {
            Source::Together { rows, offsets } => match offsets.next().inspect_err(|_| *next = usize::MAX)? {
                None => return Ok(None),
                Some((first, num_rows)) => (&mut **rows, first, num_rows),
            },
            Source::Apart { path, container, names } => {
                let Some(name) = names.get(text) else { return Ok(None) };
                opened = container.one_text(path, name)?;
                let num_rows = opened.num_rows();
                (&mut opened, 0, num_rows)
            }
        };
        let id = ids.get(text);
        if num_rows > MAX_TOKENS {
            *next = usize::MAX;
            return Err(rows.wrong(text, &id, first, VectorError::TooManyTokens { num_tokens: num_rows }));
        }
        let values = rows.read(num_rows).inspect_err(|_| *next = usize::MAX)?;
        match MultiVector::new(values, rows.dim()) {
            Ok(vectors) => Ok(Some((id, vectors))),
            Err(source) => Err(rows.wrong(text, &id, first, source)),
        }
    }
}

impl Iterator for Documents {
    type Item = Result<(String, MultiVector), ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.ids.len() {
            return None;
        }
        let text = self.next;
        self.next += 1;
        self.read(text).transpose()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.ids.len().saturating_sub(self.next)))
    }
}

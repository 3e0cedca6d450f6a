use super::ImportError;
use super::offsets::Offsets;
use super::rows::Rows;
use pleiad_vectors::{MAX_TOKENS, MultiVector, VectorError};

/// Ids and token vectors of texts in the order of the file, read one by one.
///
/// A text whose values are not usable is an error of its own and the next call goes on; after a failed read the
/// iterator ends.
pub struct Documents {
    rows: Rows,
    offsets: Offsets,
    ids: Vec<String>,
    next: usize,
}

impl Documents {
    pub(super) fn new(rows: Rows, offsets: Offsets, ids: Vec<String>) -> Self {
        Self { rows, offsets, ids, next: 0 }
    }

    fn read(
        &mut self,
        text: usize,
        first: u64,
        num_rows: usize,
    ) -> Result<(String, MultiVector), ImportError> {
        let id = std::mem::take(&mut self.ids[text]);
        if num_rows > MAX_TOKENS {
            self.next = usize::MAX;
            return Err(self.rows.wrong(
                text,
                &id,
                first,
                VectorError::TooManyTokens { num_tokens: num_rows },
            ));
        }
        let values = self.rows.read(num_rows).inspect_err(|_| self.next = usize::MAX)?;
        match MultiVector::new(values, self.rows.dim()) {
            Ok(vectors) => Ok((id, vectors)),
            Err(source) => Err(self.rows.wrong(text, &id, first, source)),
        }
    }
}

impl Iterator for Documents {
    type Item = Result<(String, MultiVector), ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.next;
        let (first, num_rows) = self.offsets.rows_of(text)?;
        self.next += 1;
        Some(self.read(text, first, num_rows))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.offsets.num_texts().saturating_sub(self.next)))
    }
}

use crate::Snapshot;
use crate::error::{Error, Result};
use crate::snapshot::DocAddress;
use pleiad_compress::reduce::decode_labels;

impl Snapshot {
    /// The stored row of each token vector that a document came with, in their order: an
    /// [`Explanation`](crate::Explanation) speaks of rows, and whoever knows the tokens of a text can name them without
    /// running the model. Nothing where the schema reduces rows and has no `row_labels`, as those of older releases:
    /// [`Schema::reduced_rows`](crate::Schema::reduced_rows) finds them from the vectors as they came.
    ///
    /// # Errors
    /// `NotFound` when there is no such document, `Corrupt` when it cannot be read.
    pub fn row_labels(&self, key: &str) -> Result<Option<Vec<u32>>> {
        let location = self.locate(key)?.ok_or_else(|| Error::no_document(key))?;
        if self.field().reducer.is_none() {
            return Ok(Some((0..self.num_rows_of(location)? as u32).collect()));
        }
        self.labels(location)
    }

    /// The labels of a document where they are kept.
    ///
    /// # Errors
    /// `Corrupt` when they cannot be read, or speak of other rows than the document has.
    pub(crate) fn labels(&self, location: DocAddress) -> Result<Option<Vec<u32>>> {
        let Some(column) = self.field().columns.labels else { return Ok(None) };
        let damaged = |error: &dyn std::fmt::Display| {
            Error::corrupt(format!("{}: its labels of rows are damaged: {error}", self.place(location)))
        };
        let labels = decode_labels(self.column(location, column)?)
            .map_err(|error| damaged(&error).caused_by(error))?;
        let found = labels.iter().max().map_or(0, |&last| last as usize + 1);
        let num_rows = self.num_rows_of(location)?;
        if found != num_rows {
            return Err(damaged(&format!("they name {found} rows of {num_rows}")));
        }
        Ok(Some(labels))
    }

    /// Rows of a document's token codes.
    fn num_rows_of(&self, location: DocAddress) -> Result<usize> {
        let codes = self.token_codes(location)?;
        let num_rows = self.token_codec()?.num_tokens(codes.len());
        num_rows.map_err(|error| Error::corrupt(self.place(location)).caused_by(error))
    }
}

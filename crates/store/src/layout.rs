use crate::rows::FIRST_COLUMN;
use crate::wire::{Take, put_prefixed};
use crate::{Result, StoreError};

/// Most columns of a layout.
pub const MAX_COLUMNS: usize = 256;
/// Longest name of a column, in bytes.
pub const MAX_NAME_BYTES: usize = 255;
/// Largest fixed width, in bytes per row.
pub const MAX_WIDTH: u32 = 1 << 20;
/// Largest schema, in bytes.
pub const MAX_SCHEMA_BYTES: usize = 64 << 10;

/// In the files a width of zero says that rows vary in length.
const VARIABLE: u32 = 0;

/// One column of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name: 1 to [`MAX_NAME_BYTES`] bytes, unique in the layout.
    pub name: String,
    /// `Some(w)`: every row has exactly `w` bytes (1 to [`MAX_WIDTH`]), stored densely from a multiple of 64.
    /// `None`: rows vary in length.
    pub width: Option<u32>,
}

/// The columns of a collection's documents, and its schema; fixed at creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    columns: Vec<Column>,
    schema: Vec<u8>,
}

impl Layout {
    /// Checks and takes columns, and a schema whose meaning is the caller's own.
    ///
    /// # Errors
    /// [`StoreError::Layout`] for a name that is empty, too long or used twice, a width outside
    /// `1..=`[`MAX_WIDTH`], more than [`MAX_COLUMNS`] columns or a schema above [`MAX_SCHEMA_BYTES`].
    pub fn new(columns: Vec<Column>, schema: Vec<u8>) -> Result<Self> {
        let bad = |reason: String| Err(StoreError::Layout { reason });
        if columns.len() > MAX_COLUMNS {
            return bad(format!("{} columns, at most {MAX_COLUMNS} are possible", columns.len()));
        }
        if schema.len() > MAX_SCHEMA_BYTES {
            return bad(format!("a schema of {} bytes, at most {MAX_SCHEMA_BYTES}", schema.len()));
        }
        for (at, column) in columns.iter().enumerate() {
            let name = &column.name;
            if name.is_empty() || name.len() > MAX_NAME_BYTES {
                return bad(format!(
                    "column {at} has a name of {} bytes, not 1..={MAX_NAME_BYTES}",
                    name.len()
                ));
            }
            if column.width.is_some_and(|width| width == 0 || width > MAX_WIDTH) {
                return bad(format!("column {name:?} has width {:?}, outside 1..={MAX_WIDTH}", column.width));
            }
            if columns[..at].iter().any(|earlier| earlier.name == *name) {
                return bad(format!("two columns are named {name:?}"));
            }
        }
        Ok(Self { columns, schema })
    }

    /// The columns, in the order in which rows give their values.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The caller's own description, as given at creation.
    pub fn schema(&self) -> &[u8] {
        &self.schema
    }

    /// The position of a column.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Widths of all stored sections: ids, key order, keys, then the columns.
    pub(crate) fn widths(&self) -> Vec<Option<u32>> {
        let mut widths = Vec::with_capacity(FIRST_COLUMN + self.columns.len());
        widths.extend([Some(8), Some(4), None]);
        widths.extend(self.columns.iter().map(|column| column.width));
        widths
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.columns.len() as u32).to_le_bytes());
        for column in &self.columns {
            put_prefixed(out, column.name.as_bytes());
            out.extend_from_slice(&column.width.unwrap_or(VARIABLE).to_le_bytes());
        }
        put_prefixed(out, &self.schema);
    }

    /// `None` when the bytes do not hold a layout that [`Layout::new`] would take.
    pub(crate) fn decode(take: &mut Take<'_>) -> Option<Self> {
        let num_columns = take.u32()? as usize;
        if num_columns > MAX_COLUMNS {
            return None;
        }
        let mut columns = Vec::with_capacity(num_columns);
        for _ in 0..num_columns {
            let Ok(name) = String::from_utf8(take.prefixed()?.to_vec()) else { return None };
            let width = take.u32()?;
            columns.push(Column { name, width: (width != VARIABLE).then_some(width) });
        }
        Self::new(columns, take.prefixed()?.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, width: Option<u32>) -> Column {
        Column { name: name.into(), width }
    }

    #[test]
    fn a_layout_comes_back() {
        let layout =
            Layout::new(vec![column("codes", Some(7)), column("text", None)], b"{}".to_vec()).unwrap();
        let mut bytes = Vec::new();
        layout.encode(&mut bytes);
        assert_eq!(Layout::decode(&mut Take::new(&bytes)), Some(layout.clone()));
        assert_eq!(Layout::decode(&mut Take::new(&bytes[..bytes.len() - 1])), None);
        assert_eq!(layout.position("text"), Some(1));
        assert_eq!(layout.widths(), [Some(8), Some(4), None, Some(7), None]);
    }

    #[test]
    fn bad_layouts_are_refused_with_the_reason() {
        let cases = [
            (vec![column("", None)], vec![], "name of 0 bytes"),
            (vec![column(&"x".repeat(256), None)], vec![], "name of 256 bytes"),
            (vec![column("a", Some(0))], vec![], "width Some(0)"),
            (vec![column("a", Some(MAX_WIDTH + 1))], vec![], "outside 1..="),
            (vec![column("a", None), column("a", Some(1))], vec![], "two columns"),
            (vec![], vec![0; MAX_SCHEMA_BYTES + 1], "schema of 65537"),
            ((0..257).map(|i| column(&i.to_string(), None)).collect(), vec![], "257 columns"),
        ];
        for (columns, schema, reason) in cases {
            let message = Layout::new(columns, schema).unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        }
    }
}

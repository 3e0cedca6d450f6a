use crate::wire::{Take, padded};

/// The place of one section, in bytes from the start of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Section {
    /// Bytes per row, or `None` when rows vary.
    pub(crate) width: Option<u32>,
    /// Start of the offsets; equal to `data_at` when there are none.
    pub(crate) offsets_at: usize,
    pub(crate) data_at: usize,
    pub(crate) data_bytes: usize,
}

/// The places of all sections in a run of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    num_rows: u32,
    sections: Vec<Section>,
    total_bytes: usize,
}

impl Shape {
    /// Places sections of the given widths and data lengths; `None` beyond the address space.
    pub(crate) fn place(num_rows: u32, sizes: &[(Option<u32>, u64)]) -> Option<Self> {
        let mut at = padded(sizes.len().checked_mul(16)?.checked_add(8)?)?;
        let mut sections = Vec::with_capacity(sizes.len());
        for &(width, data_bytes) in sizes {
            let Ok(data_bytes) = usize::try_from(data_bytes) else { return None };
            let offsets_at = at;
            if width.is_none() {
                at = padded(at.checked_add((num_rows as usize + 1).checked_mul(8)?)?)?;
            }
            sections.push(Section { width, offsets_at, data_at: at, data_bytes });
            at = padded(at.checked_add(data_bytes)?)?;
        }
        Some(Self { num_rows, sections, total_bytes: at })
    }

    pub(crate) fn num_rows(&self) -> u32 {
        self.num_rows
    }

    pub(crate) fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// Length of the table and all sections, a multiple of 64.
    pub(crate) fn total_bytes(&self) -> usize {
        self.total_bytes
    }

    /// The table, without the zeros behind it.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 + 16 * self.sections.len());
        out.extend_from_slice(&self.num_rows.to_le_bytes());
        out.extend_from_slice(&(self.sections.len() as u32).to_le_bytes());
        for section in &self.sections {
            out.extend_from_slice(&section.width.unwrap_or(0).to_le_bytes());
            out.extend_from_slice(&0u32.to_le_bytes());
            out.extend_from_slice(&(section.data_bytes as u64).to_le_bytes());
        }
        out
    }

    /// Reads a table and checks it against the widths of the layout; the error says what does not fit.
    pub(crate) fn decode(table: &[u8], widths: &[Option<u32>]) -> Result<Self, String> {
        Self::take(&mut Take::new(table), widths)
            .unwrap_or_else(|| Err("the table of sections is cut short".into()))
    }

    /// Length of the table of a layout.
    pub(crate) fn table_bytes(widths: &[Option<u32>]) -> usize {
        8 + 16 * widths.len()
    }

    fn take(take: &mut Take<'_>, widths: &[Option<u32>]) -> Option<Result<Self, String>> {
        let (num_rows, num_sections) = (take.u32()?, take.u32()?);
        if num_sections as usize != widths.len() {
            return Some(Err(format!("{num_sections} sections, the layout has {}", widths.len())));
        }
        let mut sizes = Vec::with_capacity(widths.len());
        for (at, &expected) in widths.iter().enumerate() {
            let (width, _zero, data_bytes) = (take.u32()?, take.u32()?, take.u64()?);
            if width != expected.unwrap_or(0) {
                let expected = expected.unwrap_or(0);
                return Some(Err(format!("section {at} has width {width}, the layout says {expected}")));
            }
            if expected.is_some_and(|width| u64::from(width) * u64::from(num_rows) != data_bytes) {
                return Some(Err(format!(
                    "section {at} has {data_bytes} bytes for {num_rows} rows of {width}"
                )));
            }
            sizes.push((expected, data_bytes));
        }
        Some(Self::place(num_rows, &sizes).ok_or_else(|| "its sections exceed the address space".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_aligned_and_come_back() {
        let sizes = [(Some(8), 24), (None, 100), (Some(3), 9)];
        let shape = Shape::place(3, &sizes).unwrap();
        let widths = sizes.map(|(width, _)| width);
        assert_eq!(Shape::decode(&shape.encode(), &widths), Ok(shape.clone()));
        assert_eq!(shape.encode().len(), Shape::table_bytes(&widths));
        let starts: Vec<_> = shape.sections().iter().map(|s| (s.offsets_at, s.data_at)).collect();
        assert_eq!(starts, [(64, 64), (128, 192), (320, 320)]);
        assert_eq!(shape.total_bytes(), 384);
    }

    #[test]
    fn a_table_that_does_not_fit_is_refused() {
        let table = Shape::place(3, &[(Some(8), 24), (None, 5)]).unwrap().encode();
        assert!(Shape::decode(&table[..20], &[Some(8), None]).is_err());
        assert!(Shape::decode(&table, &[Some(8)]).unwrap_err().contains("2 sections"));
        assert!(Shape::decode(&table, &[Some(4), None]).unwrap_err().contains("width 8"));
        let mut long = table.clone();
        long[8 + 8] = 25;
        assert!(Shape::decode(&long, &[Some(8), None]).unwrap_err().contains("25 bytes for 3 rows"));
        let mut huge = table;
        huge[8 + 16 + 8..8 + 16 + 16].fill(0xff);
        assert!(Shape::decode(&huge, &[Some(8), None]).unwrap_err().contains("address space"));
    }
}

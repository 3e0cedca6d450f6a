use super::{BLOCK_BYTES, PIECE_BYTES};
use crate::header::{HEADER_BYTES, Kind};
use crate::wire::{ALIGNMENT, padded};

/// Bytes at the start of a file that stand twice: the header, and the table of a layout with the most columns.
pub(crate) const HEAD_BYTES: usize = 4224;

/// The layout of a file, which its header's version tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A footer alone.
    Plain,
    /// Head, pieces and two footers.
    Pieces,
}

/// The places of the parts of a file, in bytes from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) form: Form,
    /// End of the content, and start of the head that stands twice.
    pub(crate) content_end: usize,
    /// End of the head, and start of the checksums of pieces.
    pub(crate) pieces_at: usize,
    /// End of what the footer covers, and its start.
    pub(crate) covered: usize,
    /// End of the first footer.
    pub(crate) footer_end: usize,
    /// Length of the file.
    pub(crate) length: usize,
}

impl Form {
    /// The form of a kind of file in a version of its format.
    pub(crate) fn of(kind: Kind, version: u32) -> Self {
        if version == *kind.versions().end() { Self::Pieces } else { Self::Plain }
    }

    /// The parts of a file with so many bytes before its head; nothing beyond the address space.
    pub(crate) fn parts(self, content_end: usize) -> Option<Parts> {
        let (pieces_at, covered) = match self {
            Self::Plain => (content_end, content_end),
            Self::Pieces => {
                let pieces_at = content_end.checked_add(content_end.min(HEAD_BYTES))?;
                (pieces_at, pieces_at.checked_add(padded(4 * pieces_at.div_ceil(PIECE_BYTES))?)?)
            }
        };
        let footer_bytes = 4 * covered.div_ceil(BLOCK_BYTES) + 4;
        let footer_end = covered.checked_add(footer_bytes)?;
        let length = if self == Self::Plain { footer_end } else { footer_end.checked_add(footer_bytes)? };
        Some(Parts { form: self, content_end, pieces_at, covered, footer_end, length })
    }

    /// The parts of a file of this length, if it can have one: the length of the content follows from it, since that of
    /// everything else follows from the length of the content.
    pub(crate) fn parts_of_length(self, length: usize) -> Option<Parts> {
        // The length grows with every step of the content, so that one content at most gives it.
        let (mut low, mut high) = (HEADER_BYTES / ALIGNMENT, length / ALIGNMENT);
        while low <= high {
            let middle = low + (high - low) / 2;
            let parts = self.parts(middle * ALIGNMENT)?;
            match parts.length.cmp(&length) {
                std::cmp::Ordering::Equal => return Some(parts),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle.checked_sub(1)?,
            }
        }
        None
    }
}

impl Parts {
    /// Checksums of pieces.
    pub(crate) fn num_pieces(&self) -> usize {
        if self.form == Form::Plain { 0 } else { self.pieces_at.div_ceil(PIECE_BYTES) }
    }

    /// The place of the checksum of a piece.
    pub(crate) fn piece_sum(&self, piece: usize) -> std::ops::Range<usize> {
        self.pieces_at + 4 * piece..self.pieces_at + 4 * piece + 4
    }

    /// The zeros behind the checksums of pieces.
    pub(crate) fn padding(&self) -> std::ops::Range<usize> {
        self.pieces_at + 4 * self.num_pieces()..self.covered
    }

    /// The piece that a byte is of, or of whose checksum it is.
    pub(crate) fn piece_of(&self, byte: usize) -> Option<usize> {
        let piece = match byte.checked_sub(self.pieces_at) {
            Some(beyond) => beyond / 4,
            None => byte / PIECE_BYTES,
        };
        (piece < self.num_pieces()).then_some(piece)
    }

    /// The bytes of a piece.
    pub(crate) fn piece(&self, piece: usize) -> std::ops::Range<usize> {
        piece * PIECE_BYTES..self.pieces_at.min((piece + 1) * PIECE_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_tells_where_everything_is() {
        for form in [Form::Plain, Form::Pieces] {
            for content_end in (64..5 * BLOCK_BYTES).step_by(ALIGNMENT) {
                let parts = form.parts(content_end).unwrap();
                assert_eq!(form.parts_of_length(parts.length), Some(parts));
                assert!(parts.covered.is_multiple_of(ALIGNMENT));
                assert_eq!(
                    parts.piece(parts.num_pieces().max(1) - 1).end.max(parts.pieces_at),
                    parts.pieces_at
                );
            }
            for length in [0, 3, 63, 64, 71, 129] {
                assert_eq!(form.parts_of_length(length), None);
            }
        }
        assert_eq!(Form::Plain.parts_of_length(72).unwrap().covered, 64);
    }
}

//! SentencePiece's compiled normalization rules: a double array trie (Aoe, IEEE TSE 1989; the layout is that of
//! <https://github.com/s-yata/darts-clone>) over UTF-8 that leads to replacements, which end at a zero byte.

use super::placed::{Placed, span, text_of};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use unicode_segmentation::UnicodeSegmentation;

/// Clusters of so many bytes and more are looked up character by character, as the Python package does.
const LONG_CLUSTER_BYTES: usize = 6;

/// No character becomes more than this: the longest ligature takes 33 bytes.
const MAX_REPLACEMENT_BYTES: usize = 256;

/// The rules of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Charsmap {
    units: Box<[u32]>,
    replacements: Box<str>,
}

/// One unit of the trie.
#[derive(Clone, Copy)]
struct Unit(u32);

impl Unit {
    fn has_leaf(self) -> bool {
        self.0 >> 8 & 1 == 1
    }

    fn value(self) -> usize {
        (self.0 & 0x7fff_ffff) as usize
    }

    /// The byte that leads here; above 255 in a leaf.
    fn label(self) -> u32 {
        self.0 & 0x8000_00ff
    }

    fn offset(self) -> usize {
        ((self.0 >> 10) << ((self.0 & 1 << 9) >> 6)) as usize
    }
}

impl Charsmap {
    /// Reads what stands in a file: base64 of the length of the trie, the trie and the replacements.
    pub(super) fn parse(encoded: &str) -> Result<Self, String> {
        let bytes = STANDARD.decode(encoded).map_err(|error| error.to_string())?;
        let truncated = || format!("{} bytes are too few for the table that they announce", bytes.len());
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(truncated)?;
        let length = u32::from_le_bytes(*length) as usize;
        let (trie, replacements) = rest.split_at_checked(length).ok_or_else(truncated)?;
        let (units, odd) = trie.as_chunks::<4>();
        if !odd.is_empty() || units.is_empty() {
            return Err(format!("a table of {length} bytes is not one of 32-bit units"));
        }
        let replacements = std::str::from_utf8(replacements).map_err(|error| error.to_string())?;
        let units = units.iter().map(|&unit| u32::from_le_bytes(unit)).collect();
        Ok(Self { units, replacements: replacements.into() })
    }

    /// Most characters that one becomes.
    pub(super) fn growth(&self) -> usize {
        let of = |replacement: &str| match replacement.len() {
            0..=MAX_REPLACEMENT_BYTES => replacement.chars().count(),
            // A rule may lead to any place in it.
            _ => MAX_REPLACEMENT_BYTES,
        };
        self.replacements.split('\0').map(of).max().unwrap_or(0).max(1)
    }

    /// The text with everything replaced that the rules know; no more of it once there are `limit` characters.
    pub(super) fn apply(&self, text: &[Placed], limit: usize) -> Vec<Placed> {
        let mut out = Vec::with_capacity(text.len());
        let written = text_of(text);
        let mut rest = text;
        for cluster in written.graphemes(true) {
            if out.len() >= limit {
                break;
            }
            let (own, behind) = rest.split_at(cluster.chars().count());
            rest = behind;
            if cluster.len() < LONG_CLUSTER_BYTES && self.push_replaced(cluster, own, &mut out) {
                continue;
            }
            let mut buffer = [0; 4];
            for placed in own {
                if !self.push_replaced(placed.c.encode_utf8(&mut buffer), &[*placed], &mut out) {
                    out.push(*placed);
                }
            }
        }
        out
    }

    fn push_replaced(&self, written: &str, own: &[Placed], out: &mut Vec<Placed>) -> bool {
        let (Some(replacement), Some(place)) = (self.find(written), span(own)) else { return false };
        out.extend(replacement.chars().map(|c| Placed { c, begin: place.start, end: place.end }));
        true
    }

    /// Returns the replacement of a text: the rule for the shortest of its beginnings that has one. (The longest
    /// would be right by SentencePiece's own definition; models were used with the shortest since their Python
    /// package is.)
    fn find(&self, written: &str) -> Option<&str> {
        let unit = |at: usize| self.units.get(at).copied().map(Unit);
        let mut at = unit(0)?.offset();
        for byte in written.bytes().take_while(|&byte| byte != 0) {
            at ^= usize::from(byte);
            let here = unit(at).filter(|here| here.label() == u32::from(byte))?;
            at ^= here.offset();
            if here.has_leaf() {
                let rest = self.replacements.get(unit(at)?.value()..)?;
                return rest.split('\0').next().filter(|found| found.len() <= MAX_REPLACEMENT_BYTES);
            }
        }
        None
    }
}

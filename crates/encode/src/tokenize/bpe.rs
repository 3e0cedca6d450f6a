//! Byte-pair encoding (Sennrich et al., ACL 2016): the pair that was merged first in training is merged first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::ops::Range;

/// Two tokens side by side: rank of their merge, and what they become.
pub(super) type Merges = HashMap<(u32, u32), (u32, u32)>;

/// A vocabulary and the merges that lead to it.
#[derive(Debug, Clone)]
pub(super) struct Bpe {
    pub(super) vocab: HashMap<Box<str>, u32>,
    pub(super) merges: Merges,
    pub(super) unknown: Option<u32>,
    /// Unknown characters in a row are one token.
    pub(super) fuses_unknown: bool,
    /// Tokens of the bytes of unknown characters.
    pub(super) byte_tokens: Option<ByteTokens>,
    /// A word that is in the vocabulary is taken as it is.
    pub(super) ignores_merges: bool,
    /// Stands before every character but the first of a word, in the vocabulary.
    pub(super) prefix: String,
    /// Stands behind the last character of a word, in the vocabulary.
    pub(super) suffix: String,
}

/// The tokens `<0x00>` to `<0xFF>`, those that there are.
#[derive(Debug, Clone)]
pub(super) struct ByteTokens(Vec<Option<u32>>);

impl ByteTokens {
    pub(super) fn find(token: impl Fn(&str) -> Option<u32>) -> Self {
        Self((0..=255u8).map(|byte| token(&format!("<0x{byte:02X}>"))).collect())
    }

    /// The tokens of all bytes of a text; nothing if one has none.
    pub(super) fn of(&self, text: &str) -> Option<Vec<u32>> {
        text.bytes().map(|byte| self.0.get(usize::from(byte)).copied().flatten()).collect()
    }
}

/// A token of the word so far.
#[derive(Debug, Clone)]
struct Symbol {
    token: u32,
    bytes: Range<usize>,
    /// Neighbors that are still there; past the end where there is none.
    previous: usize,
    next: usize,
    is_gone: bool,
}

/// A merge that was possible when it was noted: rank, place of the left symbol, result.
type Candidate = Reverse<(u32, usize, u32)>;

impl Bpe {
    /// Calls `visit` with each token of a word and its bytes of it. Cost: O(n log n) for n characters.
    pub(super) fn split(&self, word: &str, mut visit: impl FnMut(u32, Range<usize>)) {
        if self.ignores_merges
            && let Some(&token) = self.vocab.get(word)
        {
            return visit(token, 0..word.len());
        }
        let mut symbols = self.symbols(word);
        let mut queue: BinaryHeap<Candidate> = BinaryHeap::new();
        for at in 0..symbols.len() {
            self.note(&symbols, at, &mut queue);
        }
        while let Some(Reverse((_, at, result))) = queue.pop() {
            let next = symbols[at].next;
            let is_stale =
                symbols[at].is_gone || self.merge_of(&symbols, at).map(|(_, token)| token) != Some(result);
            if is_stale {
                continue;
            }
            symbols[next].is_gone = true;
            let (behind, end) = (symbols[next].next, symbols[next].bytes.end);
            let left = &mut symbols[at];
            (left.token, left.next, left.bytes.end) = (result, behind, end);
            let before = left.previous;
            if let Some(behind) = symbols.get_mut(behind) {
                behind.previous = at;
            }
            self.note(&symbols, at, &mut queue);
            if before < symbols.len() {
                self.note(&symbols, before, &mut queue);
            }
        }
        symbols
            .into_iter()
            .filter(|symbol| !symbol.is_gone)
            .for_each(|symbol| visit(symbol.token, symbol.bytes));
    }

    fn merge_of(&self, symbols: &[Symbol], at: usize) -> Option<(u32, u32)> {
        let next = symbols.get(symbols[at].next)?;
        self.merges.get(&(symbols[at].token, next.token)).copied()
    }

    fn note(&self, symbols: &[Symbol], at: usize, queue: &mut BinaryHeap<Candidate>) {
        if let Some((rank, result)) = self.merge_of(symbols, at) {
            queue.push(Reverse((rank, at, result)));
        }
    }

    /// The characters of a word as tokens, or what stands for those that are none.
    fn symbols(&self, word: &str) -> Vec<Symbol> {
        let mut symbols: Vec<Symbol> = Vec::with_capacity(word.len());
        let mut last_is_unknown = false;
        for (begin, c) in word.char_indices() {
            let bytes = begin..begin + c.len_utf8();
            let was_unknown = std::mem::take(&mut last_is_unknown);
            if let Some(token) = self.token_of(word, &bytes) {
                push(&mut symbols, token, bytes);
            } else if let Some(tokens) =
                self.byte_tokens.as_ref().and_then(|all| all.of(&word[bytes.clone()]))
            {
                tokens.into_iter().for_each(|token| push(&mut symbols, token, bytes.clone()));
            } else if let Some(unknown) = self.unknown {
                last_is_unknown = true;
                match symbols.last_mut().filter(|_| was_unknown && self.fuses_unknown) {
                    Some(last) => last.bytes.end = bytes.end,
                    None => push(&mut symbols, unknown, bytes),
                }
            }
        }
        symbols
    }

    fn token_of(&self, word: &str, bytes: &Range<usize>) -> Option<u32> {
        let c = &word[bytes.clone()];
        if self.prefix.is_empty() && self.suffix.is_empty() {
            return self.vocab.get(c).copied();
        }
        let prefix = if bytes.start > 0 { self.prefix.as_str() } else { "" };
        let suffix = if bytes.end == word.len() { self.suffix.as_str() } else { "" };
        self.vocab.get(format!("{prefix}{c}{suffix}").as_str()).copied()
    }
}

fn push(symbols: &mut Vec<Symbol>, token: u32, bytes: Range<usize>) {
    let at = symbols.len();
    let (previous, next) = (at.checked_sub(1).unwrap_or(usize::MAX), at + 1);
    symbols.push(Symbol { token, bytes, previous, next, is_gone: false });
}

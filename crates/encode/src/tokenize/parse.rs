//! `tokenizer.json` of the Python package `tokenizers`: what is not known here is an error that names it.

use super::added::{AddedToken, AddedTokens};
use super::bpe::{Bpe, ByteTokens, Merges};
use super::charsmap::Charsmap;
use super::normalize::{Form, Normalizer, normalized};
use super::pattern::Pattern;
use super::pre_tokenize::{Behavior, PreTokenizer, PrependScheme};
use super::unigram::Unigram;
use super::{Model, Tokenizer};
use crate::error::EncodeError;
use crate::word_piece::{BertRules, Vocabulary, WordPiece};
use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess, Visitor};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// Most characters that a chain of replacements may make of one.
const MAX_GROWTH: usize = 64;

/// Most steps of a normalizer or of a pre-tokenizer.
const MAX_STEPS: usize = 32;

#[derive(Deserialize)]
struct TokenizerJson {
    #[serde(default)]
    added_tokens: Vec<AddedJson>,
    normalizer: Option<NormalizerJson>,
    pre_tokenizer: Option<CutJson>,
    model: ModelJson,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddedJson {
    id: u32,
    content: String,
    #[serde(default)]
    single_word: bool,
    #[serde(default)]
    lstrip: bool,
    #[serde(default)]
    rstrip: bool,
    #[serde(default)]
    normalized: bool,
    #[serde(default)]
    special: bool,
}

#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
#[expect(clippy::upper_case_acronyms, reason = "the names in the files")]
enum NormalizerJson {
    BertNormalizer(BertRules),
    NFC,
    NFD,
    NFKC,
    NFKD,
    Lowercase,
    StripAccents,
    Strip { strip_left: bool, strip_right: bool },
    Prepend { prepend: String },
    Replace { pattern: Pattern, content: String },
    Precompiled { precompiled_charsmap: Option<String> },
    ByteLevel,
    Nmt,
    Sequence { normalizers: Vec<NormalizerJson> },
}

#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum CutJson {
    BertPreTokenizer,
    ByteLevel {
        add_prefix_space: bool,
        #[serde(rename = "trim_offsets")]
        _trims: Option<bool>,
        #[serde(default = "yes")]
        use_regex: bool,
    },
    Metaspace {
        replacement: char,
        #[serde(rename = "str_rep")]
        _replacement: Option<String>,
        add_prefix_space: Option<bool>,
        prepend_scheme: Option<PrependScheme>,
        split: Option<bool>,
    },
    WhitespaceSplit,
    Whitespace,
    Punctuation {
        #[serde(default)]
        behavior: Behavior,
    },
    Digits {
        individual_digits: bool,
    },
    Split {
        pattern: Pattern,
        behavior: Behavior,
        #[serde(default)]
        invert: bool,
    },
    Sequence {
        pretokenizers: Vec<CutJson>,
    },
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelJson {
    #[serde(rename = "type")]
    kind: Option<String>,
    vocab: VocabJson,
    merges: Option<Vec<MergeJson>>,
    unk_token: Option<String>,
    unk_id: Option<usize>,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
    max_input_chars_per_word: Option<usize>,
    dropout: Option<f64>,
    #[serde(default)]
    fuse_unk: bool,
    #[serde(default)]
    byte_fallback: bool,
    #[serde(default)]
    ignore_merges: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum MergeJson {
    Line(String),
    Pair(String, String),
}

/// Tokens with their ids, or in the order of their ids with their scores.
enum VocabJson {
    Ids(HashMap<String, u32>),
    Scores(Vec<(String, f64)>),
}

impl<'de> Deserialize<'de> for VocabJson {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = VocabJson;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tokens with ids, or a list of tokens with scores")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<VocabJson, A::Error> {
                let mut ids = HashMap::new();
                while let Some((token, id)) = map.next_entry()? {
                    ids.insert(token, id);
                }
                Ok(VocabJson::Ids(ids))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<VocabJson, A::Error> {
                let mut scores = Vec::new();
                while let Some(entry) = list.next_element()? {
                    scores.push(entry);
                }
                Ok(VocabJson::Scores(scores))
            }
        }
        source.deserialize_any(Either)
    }
}

pub(super) fn parse(json: &[u8]) -> Result<Tokenizer, EncodeError> {
    let file: TokenizerJson = serde_json::from_slice(json)?;
    let mut normalizers = Vec::new();
    if let Some(normalizer) = file.normalizer {
        normalizer.push_to(&mut normalizers)?;
    }
    check_growth(&normalizers)?;
    check_steps(
        "normalizer",
        normalizers.len(),
        normalizers.iter().filter(|step| matches!(step, Normalizer::ByteLevel)).count(),
    )?;
    let mut cuts = Vec::new();
    if let Some(cut) = file.pre_tokenizer {
        cut.push_to(&mut cuts)?;
    }
    check_steps(
        "pre_tokenizer",
        cuts.len(),
        cuts.iter().filter(|cut| matches!(cut, PreTokenizer::ByteLevel { .. })).count(),
    )?;
    let control: HashSet<u32> =
        file.added_tokens.iter().filter(|added| added.special).map(|added| added.id).collect();
    let mut model = file.model.into_model(&control)?;
    let mut is_bert = false;
    if let ([Normalizer::Bert(rules)], [PreTokenizer::Bert], Model::WordPiece(word_piece)) =
        (normalizers.as_slice(), cuts.as_slice(), &model)
    {
        is_bert = true;
        model = Model::WordPiece(word_piece.clone().with_rules(*rules));
    }
    let (raw, normal): (Vec<_>, Vec<_>) =
        file.added_tokens.into_iter().filter(|added| !added.special).partition(|added| !added.normalized);
    let raw = AddedTokens::new(raw.iter().map(|added| added.token(added.content.chars().collect())));
    let behind = |added: &AddedJson| added.token(normalized(&normalizers, &added.content));
    let normal = AddedTokens::new(normal.iter().map(behind));
    Ok(Tokenizer { raw, normal, normalizers, cuts, model, is_bert })
}

/// Replacements in a row must not make a gigabyte of a page.
fn check_growth(normalizers: &[Normalizer]) -> Result<(), EncodeError> {
    let of = |step: &Normalizer| match step {
        Normalizer::Replace { pattern, content } => content.len().div_ceil(pattern.min_chars()).max(1),
        Normalizer::Charsmap(map) => map.growth(),
        _ => 1,
    };
    let growth = normalizers.iter().map(of).fold(1usize, usize::saturating_mul);
    if growth > MAX_GROWTH {
        return Err(unsupported(
            "normalizer",
            format!("one that writes {growth} characters for one"),
            "at most 64",
        ));
    }
    Ok(())
}

/// A step may add a character to every word, and bytes of bytes double: neither without an end.
fn check_steps(what: &'static str, num_steps: usize, num_byte_levels: usize) -> Result<(), EncodeError> {
    if num_steps > MAX_STEPS || num_byte_levels > 1 {
        let found = format!("a sequence of {num_steps} steps, {num_byte_levels} of them to bytes");
        return Err(unsupported(what, found, "one of at most 32 steps, one of them to bytes,"));
    }
    Ok(())
}

impl AddedJson {
    fn token(&self, spelled: Vec<char>) -> AddedToken {
        AddedToken {
            token: self.id,
            spelled,
            single_word: self.single_word,
            strips_left: self.lstrip,
            strips_right: self.rstrip,
        }
    }
}

fn unsupported(what: &'static str, found: impl fmt::Display, supported: &'static str) -> EncodeError {
    EncodeError::TokenizerUnsupported { what, found: found.to_string(), supported }
}

impl NormalizerJson {
    fn push_to(self, steps: &mut Vec<Normalizer>) -> Result<(), EncodeError> {
        steps.push(match self {
            Self::BertNormalizer(rules) => Normalizer::Bert(rules),
            Self::NFC => Normalizer::Form(Form::Nfc),
            Self::NFD => Normalizer::Form(Form::Nfd),
            Self::NFKC => Normalizer::Form(Form::Nfkc),
            Self::NFKD => Normalizer::Form(Form::Nfkd),
            Self::Lowercase => Normalizer::Lowercase,
            Self::StripAccents => Normalizer::StripAccents,
            Self::Strip { strip_left, strip_right } => {
                Normalizer::Strip { left: strip_left, right: strip_right }
            }
            Self::Prepend { prepend } => Normalizer::Prepend(prepend.chars().collect()),
            Self::Replace { pattern, content } => {
                Normalizer::Replace { pattern, content: content.chars().collect() }
            }
            Self::Precompiled { precompiled_charsmap } => match precompiled_charsmap {
                None => return Ok(()),
                Some(map) => Normalizer::Charsmap(Charsmap::parse(&map).map_err(|reason| {
                    unsupported("normalizer.precompiled_charsmap", reason, "a whole table in base64")
                })?),
            },
            Self::ByteLevel => Normalizer::ByteLevel,
            Self::Nmt => Normalizer::Nmt,
            Self::Sequence { normalizers } => {
                return normalizers.into_iter().try_for_each(|step| step.push_to(steps));
            }
        });
        Ok(())
    }
}

impl CutJson {
    fn push_to(self, cuts: &mut Vec<PreTokenizer>) -> Result<(), EncodeError> {
        cuts.push(match self {
            Self::BertPreTokenizer => PreTokenizer::Bert,
            Self::ByteLevel { add_prefix_space, use_regex, .. } => {
                PreTokenizer::ByteLevel { adds_space: add_prefix_space, uses_pattern: use_regex }
            }
            Self::Metaspace { replacement, add_prefix_space, prepend_scheme, split, .. } => {
                // Files of old say it by one flag.
                let scheme = match add_prefix_space {
                    Some(false) => PrependScheme::Never,
                    _ => PrependScheme::Always,
                };
                let (prepend, splits) = (prepend_scheme.unwrap_or(scheme), split.unwrap_or(true));
                PreTokenizer::Metaspace { replacement, prepend, splits }
            }
            Self::WhitespaceSplit => PreTokenizer::WhitespaceSplit,
            Self::Whitespace => PreTokenizer::Whitespace,
            Self::Punctuation { behavior } => PreTokenizer::Punctuation(behavior),
            Self::Digits { individual_digits } => PreTokenizer::Digits { individual: individual_digits },
            Self::Split { invert: true, .. } => {
                return Err(unsupported("pre_tokenizer.invert", true, "false"));
            }
            Self::Split { pattern, behavior, .. } => PreTokenizer::Split { pattern, behavior },
            Self::Sequence { pretokenizers } => {
                return pretokenizers.into_iter().try_for_each(|cut| cut.push_to(cuts));
            }
        });
        Ok(())
    }
}

impl ModelJson {
    fn into_model(self, control: &HashSet<u32>) -> Result<Model, EncodeError> {
        let kind = self.kind.clone().unwrap_or_else(|| "one without a type".to_owned());
        match (kind.as_str(), &self.vocab) {
            ("WordPiece", VocabJson::Ids(_)) => self.into_word_piece(kind).map(Model::WordPiece),
            ("BPE", VocabJson::Ids(_)) => self.into_bpe().map(Model::Bpe),
            ("Unigram", VocabJson::Scores(_)) => self.into_unigram(control).map(Model::Unigram),
            _ => Err(unsupported("model", kind, "WordPiece, BPE or Unigram with its kind of vocabulary")),
        }
    }

    fn into_word_piece(self, kind: String) -> Result<WordPiece, EncodeError> {
        let VocabJson::Ids(vocab) = self.vocab else { return Err(no_vocabulary()) };
        let vocabulary = Vocabulary {
            kind,
            unk_token: self.unk_token.unwrap_or_else(|| "[UNK]".to_owned()),
            continuing_subword_prefix: self.continuing_subword_prefix.unwrap_or_else(|| "##".to_owned()),
            max_input_chars_per_word: self.max_input_chars_per_word.unwrap_or(100),
            vocab,
        };
        vocabulary.into_word_piece()
    }

    fn into_bpe(self) -> Result<Bpe, EncodeError> {
        if let Some(dropout) = self.dropout.filter(|&dropout| dropout != 0.0) {
            return Err(unsupported("model.dropout", dropout, "null"));
        }
        let VocabJson::Ids(vocab) = self.vocab else { return Err(no_vocabulary()) };
        let vocab: HashMap<Box<str>, u32> =
            vocab.into_iter().map(|(token, id)| (token.into_boxed_str(), id)).collect();
        let unknown = match self.unk_token {
            None => None,
            Some(token) => match vocab.get(token.as_str()) {
                Some(&id) => Some(id),
                None => return Err(EncodeError::NoUnknownToken { token }),
            },
        };
        let prefix = self.continuing_subword_prefix.unwrap_or_default();
        let byte_tokens = self.byte_fallback.then(|| ByteTokens::find(|spelled| vocab.get(spelled).copied()));
        Ok(Bpe {
            merges: merges(self.merges.unwrap_or_default(), &vocab, &prefix)?,
            vocab,
            unknown,
            fuses_unknown: self.fuse_unk,
            byte_tokens,
            ignores_merges: self.ignore_merges,
            prefix,
            suffix: self.end_of_word_suffix.unwrap_or_default(),
        })
    }

    fn into_unigram(self, control: &HashSet<u32>) -> Result<Unigram, EncodeError> {
        let VocabJson::Scores(list) = self.vocab else { return Err(no_vocabulary()) };
        if let Some((piece, score)) = list.iter().find(|(_, score)| !score.is_finite()) {
            return Err(unsupported("model.vocab", format!("{piece:?} with {score}"), "finite scores"));
        }
        let unknown = self.unk_id.filter(|&id| id < list.len()).and_then(|id| u32::try_from(id).ok());
        let Some(unknown) = unknown else {
            let token = self.unk_id.map_or("unk_id".to_owned(), |id| format!("#{id}"));
            return Err(EncodeError::NoUnknownToken { token });
        };
        Ok(Unigram::new(list, unknown, self.byte_fallback, |id| control.contains(&id)))
    }
}

fn no_vocabulary() -> EncodeError {
    unsupported("model.vocab", "of another kind", "tokens with ids, or with scores for Unigram")
}

/// The merges by the ids of their halves, with their rank and what they become.
fn merges(list: Vec<MergeJson>, vocab: &HashMap<Box<str>, u32>, prefix: &str) -> Result<Merges, EncodeError> {
    let mut merges = HashMap::with_capacity(list.len());
    for (rank, merge) in (0u32..).zip(list) {
        let (left, right) = match merge {
            MergeJson::Pair(left, right) => (left, right),
            MergeJson::Line(line) => match line.split_once(' ') {
                Some((left, right)) => (left.to_owned(), right.to_owned()),
                None => {
                    return Err(unsupported(
                        "a line of model.merges",
                        line,
                        "two tokens and a blank between",
                    ));
                }
            },
        };
        let id = |token: &str| {
            let missing = || unsupported("model.merges", format!("{token:?}"), "a token of the vocabulary");
            vocab.get(token).copied().ok_or_else(missing)
        };
        let whole = format!("{left}{}", right.strip_prefix(prefix).unwrap_or(&right));
        merges.insert((id(&left)?, id(&right)?), (rank, id(&whole)?));
    }
    Ok(merges)
}

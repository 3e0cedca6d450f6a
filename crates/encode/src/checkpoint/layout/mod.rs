//! Layouts of checkpoints: what wrote a folder is found out from its files, and what it says is read.

mod bare;
mod modules;
mod pylate;
mod sentence_transformers;
mod stanford;

use super::dense::Dense;
use super::rules::{Expansion, Rules, Side, SideRules};
use super::tokenizer::TextTokenizer;
use super::whole_words::WholeWords;
use crate::weights::{BGE_M3_HEAD, ModelError, Settings, Tensors};
use modules::Modules;
use std::collections::HashSet;
use std::path::Path;

/// Program that wrote a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A backbone alone: the vectors of its tokens but for markers and punctuation, each of length one.
    Plain,
    /// PyLate 1 to 3: `config_sentence_transformers.json` with its keys, or dense layers of its own.
    PyLate,
    /// Sentence-Transformers 6: a `MultiVectorEncoder`, or `modules.json` with a `MultiVectorMask`.
    SentenceTransformers,
    /// Stanford's ColBERT: `HF_ColBERT` or `artifact.metadata`.
    Stanford,
    /// ColBERTer: one vector for the text and one for each whole word.
    Colberter,
    /// BGE-M3: a backbone with `colbert_linear.pt` beside it.
    BgeM3,
}

/// Characters of `string.punctuation` in Python.
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// Settings of Sentence-Transformers and of what is built on it.
const TOP: &str = "config_sentence_transformers.json";

/// Parts of a model beside its backbone.
pub(super) struct Parts {
    pub(super) layout: Layout,
    pub(super) rules: Rules,
    pub(super) dense: Vec<Dense>,
    pub(super) whole_words: Option<WholeWords>,
    /// Sentences for whoever opens the model.
    pub(super) notes: Vec<String>,
}

impl Parts {
    fn new(layout: Layout, rules: Rules, dense: Vec<Dense>) -> Self {
        Self { layout, rules, dense, whole_words: None, notes: Vec::new() }
    }
}

/// Contents of a folder before its layout is known.
pub(super) struct Folder<'a> {
    pub(super) path: &'a Path,
    pub(super) config: &'a Settings,
    pub(super) tokenizer: &'a TextTokenizer,
    /// Longest sequence of the backbone.
    pub(super) max_tokens: usize,
    /// Values per token of the backbone.
    pub(super) dim: usize,
}

impl Folder<'_> {
    /// Finds out what wrote the folder and reads what that says. A projection among the tensors of the backbone is
    /// taken from `tensors`.
    ///
    /// # Errors
    /// When a setting or a file is missing or not understood: nothing that lies in a folder is passed over in silence.
    pub(super) fn parts(&self, tensors: &mut Tensors) -> Result<Parts, ModelError> {
        if WholeWords::is_described(self.config) {
            return self.colberter(tensors);
        }
        let architectures = self.config.texts("architectures")?.unwrap_or_default();
        if architectures.iter().any(|name| name == "HF_ColBERT") || self.has(stanford::METADATA) {
            return self.stanford(tensors);
        }
        let modules = Modules::read(self.path)?;
        let top =
            Settings::find(&self.path.join(TOP))?.unwrap_or_else(|| Settings::empty(&self.path.join(TOP)));
        let model_type = top.text("model_type")?;
        if model_type == Some("MultiVectorEncoder") || modules.any("MultiVectorMask") {
            return self.sentence_transformers(&top, &modules);
        }
        if model_type == Some("ColBERT") || pylate::is_described(&top) || modules.are_pylates() {
            return self.pylate(&top, &modules);
        }
        match self.has(BGE_M3_HEAD) {
            true => self.bge_m3(),
            false => self.bare(&top, &modules),
        }
    }

    fn has(&self, file: &str) -> bool {
        self.path.join(file).is_file()
    }

    fn side(&self, max_tokens: Option<usize>) -> SideRules {
        let longest = self.tokenizer.max_tokens().map_or(self.max_tokens, |most| most.min(self.max_tokens));
        SideRules { max_tokens: max_tokens.unwrap_or(longest).min(longest), ..SideRules::default() }
    }

    fn skipped<'w>(&self, words: impl Iterator<Item = &'w str>) -> HashSet<u32> {
        // A word that is no token of its own would stand for every unknown word.
        words.filter_map(|word| self.tokenizer.known_token(word)).collect()
    }

    fn punctuation(&self) -> HashSet<u32> {
        let mut buffer = [0; 4];
        PUNCTUATION
            .chars()
            .filter_map(|character| self.tokenizer.known_token(character.encode_utf8(&mut buffer)))
            .collect()
    }

    fn expansion(&self, length: usize, is_attended: bool) -> Result<Expansion, ModelError> {
        let length = length.min(self.max_tokens);
        Ok(Expansion { token: self.tokenizer.mask()?, length, is_attended })
    }

    /// The prompt of a side: the first of `names` among the prompts, else the default one; empty where there is none.
    fn prompt(&self, top: &Settings, names: &[&str]) -> Result<String, ModelError> {
        let Some(prompts) = top.inner("prompts")? else { return Ok(String::new()) };
        for name in names.iter().copied().chain(top.text("default_prompt_name")?) {
            if let Some(prompt) = prompts.text(name)? {
                return Ok(prompt.to_owned());
            }
        }
        Ok(String::new())
    }

    fn colberter(&self, tensors: &mut Tensors) -> Result<Parts, ModelError> {
        let side = |side| SideRules { whole_words: Some(side), ..self.side(None) };
        let rules = Rules { query: side(Side::Query), document: side(Side::Document), is_normalized: false };
        let whole_words = WholeWords::load(self.config, tensors, self.dim)?;
        Ok(Parts { whole_words: Some(whole_words), ..Parts::new(Layout::Colberter, rules, Vec::new()) })
    }
}

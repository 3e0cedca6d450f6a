//! How the known layouts say what a model expects.

use super::dense::Dense;
use super::rules::{Expansion, Rules, Side, SideRules};
use super::tokenizer::Tokenizer;
use super::whole_words::WholeWords;
use crate::transformer::{Linear, LinearNames, Precision};
use crate::weights::{ModelError, Settings, Tensors};
use serde_json::Value;
use std::collections::HashSet;
use std::path::Path;

/// What was a checkpoint written by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A backbone alone: the vectors of its tokens but for markers and punctuation, each made one long.
    Plain,
    /// PyLate 1 to 3: `config_sentence_transformers.json` of the type `ColBERT`.
    PyLate,
    /// Sentence-Transformers 6: `modules.json` with a `MultiVectorMask`.
    SentenceTransformers,
    /// Stanford's ColBERT: `HF_ColBERT` and `artifact.metadata`.
    Stanford,
    /// ColBERTer: one vector for the text and one for each whole word.
    Colberter,
}

/// Characters that string.punctuation of Python holds.
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// One line of `modules.json`.
pub(super) struct Module {
    kind: String,
    path: String,
}

/// What a layout adds to a backbone.
pub(super) struct Parts {
    pub(super) layout: Layout,
    pub(super) rules: Rules,
    pub(super) dense: Vec<Dense>,
    pub(super) whole_words: Option<WholeWords>,
}

impl Parts {
    fn new(layout: Layout, rules: Rules, dense: Vec<Dense>) -> Self {
        Self { layout, rules, dense, whole_words: None }
    }
}

/// What is known of a folder before its layout is.
pub(super) struct Folder<'a> {
    pub(super) path: &'a Path,
    pub(super) config: &'a Settings,
    pub(super) tokenizer: &'a Tokenizer,
    /// Longest sequence of the backbone.
    pub(super) max_tokens: usize,
    /// Values per token of the backbone.
    pub(super) dim: usize,
}

impl Folder<'_> {
    /// Finds out what wrote the folder and reads what that says. A projection among the tensors of the backbone is
    /// taken from `tensors`.
    pub(super) fn parts(&self, tensors: &mut Tensors) -> Result<Parts, ModelError> {
        if WholeWords::is_described(self.config) {
            return self.colberter(tensors);
        }
        let architectures = self.config.texts("architectures")?.unwrap_or_default();
        if architectures.iter().any(|name| name == "HF_ColBERT") {
            return self.stanford(tensors);
        }
        let modules = self.modules()?;
        let top = Settings::find(&self.path.join("config_sentence_transformers.json"))?;
        match top {
            Some(top) if top.text("model_type")? == Some("ColBERT") => self.pylate(&top, &modules),
            Some(top) if modules.iter().any(|module| module.kind == "MultiVectorMask") => {
                self.sentence_transformers(&top, &modules)
            }
            _ => Ok(Parts::new(Layout::Plain, self.plain(), Vec::new())),
        }
    }

    fn modules(&self) -> Result<Vec<Module>, ModelError> {
        let path = self.path.join("modules.json");
        let bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(ModelError::Io { path, source }),
            Ok(bytes) => bytes,
        };
        let list: Vec<Value> = serde_json::from_slice(&bytes)
            .map_err(|source| ModelError::Json { path: path.clone(), source })?;
        let read = |module: &Value| {
            let kind = module.get("type")?.as_str()?.rsplit('.').next()?.to_owned();
            Some(Module { kind, path: module.get("path")?.as_str()?.to_owned() })
        };
        let modules = list.iter().map(read).collect::<Option<Vec<_>>>();
        modules.ok_or_else(|| ModelError::MissingKey { path, key: "type` or `path` of a module".into() })
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

    fn plain(&self) -> Rules {
        let mut skipped = self.punctuation();
        skipped.extend(self.tokenizer.first.iter().chain(&self.tokenizer.last));
        let side = SideRules { skipped, ..self.side(None) };
        Rules { query: side.clone(), document: side, is_normalised: true }
    }

    fn pylate(&self, top: &Settings, modules: &[Module]) -> Result<Parts, ModelError> {
        let marker = |key: &str| match top.text(key)? {
            Some(prefix) => Ok(Some(self.tokenizer.needed_token(prefix, "marks a side")?)),
            None => Err(top.missing(key)),
        };
        if let Some(prompts) = top.inner("prompts")?
            && prompts.keys().next().is_some()
        {
            return Err(top.wrong("prompts", &Value::from("not empty"), "none beside prefixes"));
        }
        let query_length = top.count("query_length")?.unwrap_or(32);
        let expands = top.flag("do_query_expansion")?.unwrap_or(true);
        let is_attended = top.flag("attend_to_expansion_tokens")?.unwrap_or(false);
        let expansion = expands.then(|| self.expansion(query_length, is_attended)).transpose()?;
        let skipped = match top.texts("skiplist_words")? {
            Some(words) => self.skipped(words.iter().map(String::as_str)),
            None => self.punctuation(),
        };
        let query = SideRules { marker: marker("query_prefix")?, expansion, ..self.side(Some(query_length)) };
        let document_length = top.count("document_length")?.or(Some(180));
        let document =
            SideRules { marker: marker("document_prefix")?, skipped, ..self.side(document_length) };
        let rules = Rules { query, document, is_normalised: true };
        Ok(Parts::new(Layout::PyLate, rules, self.dense(modules, &["Transformer"])?))
    }

    fn expansion(&self, length: usize, is_attended: bool) -> Result<Expansion, ModelError> {
        let length = length.min(self.max_tokens);
        Ok(Expansion { token: self.tokenizer.mask()?, length, is_attended })
    }

    /// The dense layers in order. Every other module must be among the `known`.
    fn dense(&self, modules: &[Module], known: &[&str]) -> Result<Vec<Dense>, ModelError> {
        let mut dense = Vec::new();
        for module in modules {
            if module.kind == "Dense" {
                dense.push(Dense::open(&self.path.join(&module.path))?);
            } else if !known.contains(&module.kind.as_str()) {
                return Err(ModelError::Key {
                    path: self.path.join("modules.json"),
                    key: "type".into(),
                    found: module.kind.clone(),
                    expected: format!("Dense or one of {known:?}"),
                });
            }
        }
        Ok(dense)
    }

    fn sentence_transformers(&self, top: &Settings, modules: &[Module]) -> Result<Parts, ModelError> {
        let own = Settings::open(&self.path.join("sentence_bert_config.json"), "lengths and expansion")?;
        own.only("do_lower_case", &Value::from(false))?;
        let prompts = top.inner("prompts")?;
        let prompt = |side: &str| match &prompts {
            Some(prompts) => Ok(prompts.text(side)?.unwrap_or_default().to_owned()),
            None => Ok::<_, ModelError>(String::new()),
        };
        let longest = own.count("max_seq_length")?;
        let mut query = self.side(own.count("query_length")?.or(longest));
        if let Some(settings) = own.inner("query_expansion")? {
            self.expand(&settings, &mut query)?;
        }
        let mut document = self.side(own.count("document_length")?.or(longest));
        self.set_prompt(&mut query, prompt("query")?);
        self.set_prompt(&mut document, prompt("document")?);
        let mut is_normalised = false;
        for module in modules {
            let path = self.path.join(&module.path).join("config.json");
            match module.kind.as_str() {
                "MultiVectorMask" => self.mask(&path, &mut query, &mut document)?,
                "Normalize" => is_normalised = true,
                _ => {}
            }
        }
        let dense = self.dense(modules, &["Transformer", "MultiVectorMask", "Normalize"])?;
        let rules = Rules { query, document, is_normalised };
        Ok(Parts::new(Layout::SentenceTransformers, rules, dense))
    }

    /// A prompt that is one token becomes a marker: a text cannot spell control tokens.
    fn set_prompt(&self, side: &mut SideRules, prompt: String) {
        match self.tokenizer.known_token(&prompt).or_else(|| self.tokenizer.known_token(prompt.trim_end())) {
            Some(marker) if !prompt.is_empty() => side.marker = Some(marker),
            _ => side.prompt = prompt,
        }
    }

    fn expand(&self, settings: &Settings, query: &mut SideRules) -> Result<(), ModelError> {
        settings.only_keys(&["strategy", "attend", "token", "length"])?;
        let length = settings.needed_count("length")?.min(self.max_tokens);
        let token = match settings.text("token")? {
            Some(token) => self.tokenizer.needed_token(token, "fills queries")?,
            None => self.tokenizer.mask()?,
        };
        match settings.text("strategy")? {
            Some("fixed") => query.max_tokens = length,
            Some("min") => query.max_tokens = query.max_tokens.max(length),
            other => return Err(settings.wrong("strategy", &Value::from(other), "\"fixed\" or \"min\"")),
        }
        let is_attended = settings.flag("attend")?.unwrap_or(false);
        query.expansion = Some(Expansion { token, length, is_attended });
        Ok(())
    }

    fn mask(&self, path: &Path, query: &mut SideRules, document: &mut SideRules) -> Result<(), ModelError> {
        let settings = Settings::open(path, "which tokens get no vector")?;
        settings.only_keys(&["skiplist_words", "skiplist_tasks", "keep_only_token_ids"])?;
        settings.only("keep_only_token_ids", &Value::Null)?;
        let words = settings.texts("skiplist_words")?.unwrap_or_default();
        let tasks = settings.texts("skiplist_tasks")?.unwrap_or_else(|| vec!["document".to_owned()]);
        for (name, side) in [("query", query), ("document", document)] {
            if tasks.iter().any(|task| task == name) {
                side.skipped = self.skipped(words.iter().map(String::as_str));
            }
        }
        Ok(())
    }

    fn stanford(&self, tensors: &mut Tensors) -> Result<Parts, ModelError> {
        let top = Settings::open(&self.path.join("artifact.metadata"), "markers and lengths of ColBERT")?;
        let marker = |key: &str| match top.text(key)? {
            Some(token) => Ok(Some(self.tokenizer.needed_token(token, "marks a side")?)),
            None => Err(top.missing(key)),
        };
        top.only("similarity", &Value::from("cosine"))?;
        let query_length = top.needed_count("query_maxlen")?;
        let is_attended = top.flag("attend_to_mask_tokens")?.unwrap_or(false);
        let expansion = Some(self.expansion(query_length, is_attended)?);
        let skips = top.flag("mask_punctuation")?.unwrap_or(false);
        let skipped = if skips { self.punctuation() } else { HashSet::new() };
        let query =
            SideRules { marker: marker("query_token_id")?, expansion, ..self.side(Some(query_length)) };
        let document_length = top.needed_count("doc_maxlen")?;
        let document =
            SideRules { marker: marker("doc_token_id")?, skipped, ..self.side(Some(document_length)) };
        let num_outputs = top.needed_count("dim")?;
        let names = ["linear".to_owned()];
        let layer = LinearNames { names: &names, num_inputs: self.dim, num_outputs, has_bias: false };
        let linear = tensors.bare(|tensors| Linear::load(tensors, Precision::F32, &layer))?;
        let rules = Rules { query, document, is_normalised: true };
        Ok(Parts::new(Layout::Stanford, rules, vec![Dense::plain(linear)]))
    }

    fn colberter(&self, tensors: &mut Tensors) -> Result<Parts, ModelError> {
        let side = |side| SideRules { whole_words: Some(side), ..self.side(None) };
        let rules = Rules { query: side(Side::Query), document: side(Side::Document), is_normalised: false };
        let whole_words = WholeWords::load(self.config, tensors, self.dim)?;
        Ok(Parts { whole_words: Some(whole_words), ..Parts::new(Layout::Colberter, rules, Vec::new()) })
    }
}

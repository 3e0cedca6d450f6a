use super::modules::Modules;
use super::{Folder, Layout, Parts};
use crate::checkpoint::rules::{Rules, SideRules};
use crate::weights::{ModelError, Settings};
use serde_json::Value;

/// Settings that only PyLate writes: any of them tells its checkpoints, whatever `model_type` says.
const KEYS: [&str; 7] = [
    "query_prefix",
    "document_prefix",
    "query_length",
    "document_length",
    "do_query_expansion",
    "attend_to_expansion_tokens",
    "skiplist_words",
];

/// Returns whether `config_sentence_transformers.json` is one of PyLate.
pub(super) fn is_described(top: &Settings) -> bool {
    top.keys().any(|key| KEYS.contains(&key))
}

impl Folder<'_> {
    /// Reads a checkpoint of PyLate. What it does not say has PyLate's defaults (`pylate/models/colbert.py`).
    pub(super) fn pylate(&self, top: &Settings, modules: &Modules) -> Result<Parts, ModelError> {
        if let Some(own) = Settings::find(&self.path.join("sentence_bert_config.json"))? {
            own.only("do_lower_case", &Value::from(false))?;
        }
        let marker = |key: &str, default: &str| match top.text(key)?.unwrap_or(default) {
            "" => Ok(None),
            prefix => self.tokenizer.needed_token(prefix, "marks a side").map(Some),
        };
        let query_length = top.count("query_length")?.unwrap_or(32);
        let expands = top.flag("do_query_expansion")?.unwrap_or(true);
        let is_attended = top.flag("attend_to_expansion_tokens")?.unwrap_or(false);
        let expansion = expands.then(|| self.expansion(query_length, is_attended)).transpose()?;
        let skipped = match top.texts("skiplist_words")? {
            Some(words) => self.skipped(words.iter().map(String::as_str)),
            None => self.punctuation(),
        };
        let query = SideRules {
            marker: marker("query_prefix", "[Q] ")?,
            prompt: self.prompt(top, &["query"])?,
            expansion,
            ..self.side(Some(query_length))
        };
        let document_length = top.count("document_length")?.unwrap_or(180);
        let document = SideRules {
            marker: marker("document_prefix", "[D] ")?,
            prompt: self.prompt(top, &["document", "passage", "corpus"])?,
            skipped,
            ..self.side(Some(document_length))
        };
        // PyLate passes over a pooling and a normalization that the model had before.
        let dense = modules.dense(&["Transformer", "Pooling", "Normalize"])?;
        if dense.is_empty() {
            // PyLate would draw a projection at random.
            return Err(modules.wrong("no Dense", "the projection of a model of PyLate"));
        }
        let rules = Rules { query, document, is_normalized: true };
        Ok(Parts::new(Layout::PyLate, rules, dense))
    }
}

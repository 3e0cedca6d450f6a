use super::{Folder, Layout, Parts};
use crate::checkpoint::dense::Dense;
use crate::checkpoint::rules::{Rules, SideRules};
use crate::transformer::{Linear, LinearNames, Precision};
use crate::weights::{ModelError, Settings, Tensors};
use serde_json::Value;
use std::collections::HashSet;

/// Settings of a checkpoint of Stanford's ColBERT.
pub(super) const METADATA: &str = "artifact.metadata";

impl Folder<'_> {
    /// Reads a checkpoint of Stanford's ColBERT. What `artifact.metadata` does not say has the defaults of
    /// `colbert/infra/config/settings.py`; without the file nothing tells the lengths that the model was trained for.
    pub(super) fn stanford(&self, tensors: &mut Tensors) -> Result<Parts, ModelError> {
        let top = Settings::open(&self.path.join(METADATA), "markers and lengths of ColBERT")?;
        let marker = |key: &str, default: &str| {
            self.tokenizer.needed_token(top.text(key)?.unwrap_or(default), "marks a side").map(Some)
        };
        top.only("similarity", &Value::from("cosine"))?;
        let query_length = top.count("query_maxlen")?.unwrap_or(32);
        let is_attended = top.flag("attend_to_mask_tokens")?.unwrap_or(false);
        let expansion = Some(self.expansion(query_length, is_attended)?);
        let skips = top.flag("mask_punctuation")?.unwrap_or(true);
        let skipped = if skips { self.punctuation() } else { HashSet::new() };
        let query = SideRules {
            marker: marker("query_token_id", "[unused0]")?,
            expansion,
            ..self.side(Some(query_length))
        };
        let document_length = top.count("doc_maxlen")?.unwrap_or(220);
        let document = SideRules {
            marker: marker("doc_token_id", "[unused1]")?,
            skipped,
            ..self.side(Some(document_length))
        };
        let num_outputs = top.count("dim")?.unwrap_or(128);
        let names = ["linear".to_owned()];
        let layer = LinearNames { names: &names, num_inputs: self.dim, num_outputs, has_bias: false };
        let linear = tensors.bare(|tensors| Linear::load(tensors, Precision::F32, &layer))?;
        let rules = Rules { query, document, is_normalized: true };
        Ok(Parts::new(Layout::Stanford, rules, vec![Dense::plain(linear)]))
    }
}

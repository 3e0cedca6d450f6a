//! Backbones of which no late-interaction program wrote what comes behind them.

use super::modules::Modules;
use super::{Folder, Layout, Parts};
use crate::checkpoint::dense::Dense;
use crate::checkpoint::rules::{Rules, SideRules};
use crate::weights::{BGE_M3_HEAD, ModelError, Settings, Tensors, WeightFiles};
use serde_json::Value;

impl Folder<'_> {
    /// Reads a backbone that lies alone.
    ///
    /// # Errors
    /// When there is more in the folder than a backbone and a pooling of its tokens to one vector.
    pub(super) fn bare(&self, top: &Settings, modules: &Modules) -> Result<Parts, ModelError> {
        match top.text("model_type")? {
            None | Some("SentenceTransformer") => {}
            Some(other) => {
                let known = "\"ColBERT\" (PyLate), \"MultiVectorEncoder\" or \"SentenceTransformer\"";
                return Err(top.wrong("model_type", &Value::from(other), known));
            }
        }
        modules.only(&["Transformer", "Pooling", "Normalize"])?;
        let mut left_out = Vec::new();
        left_out.extend(modules.any("Pooling").then_some("the pooling of modules.json"));
        let has_prompts = top.inner("prompts")?.is_some_and(|prompts| {
            prompts.keys().any(|key| prompts.get(key).is_some_and(|prompt| prompt != ""))
        });
        left_out.extend(has_prompts.then_some("the prompts of config_sentence_transformers.json"));
        let mut note = format!(
            "{} is a bare backbone, not trained for late interaction: the last hidden state of each token is its vector",
            self.path.display()
        );
        if !left_out.is_empty() {
            note += &format!("; left out: {}", left_out.join(" and "));
        }
        let parts = Parts::new(Layout::Plain, self.plain(), Vec::new());
        Ok(Parts { notes: vec![note], ..parts })
    }

    pub(in crate::checkpoint) fn plain(&self) -> Rules {
        let mut skipped = self.punctuation();
        skipped.extend(self.tokenizer.first.iter().chain(&self.tokenizer.last));
        let side = SideRules { skipped, is_windowed: true, ..self.side(None) };
        Rules { query: side.clone(), document: side, is_normalized: true }
    }

    /// Reads BGE-M3 (Chen et al., arXiv 2402.03216, section 3.2): every token but the first has a vector, from one linear layer that lies in a file of its own.
    pub(super) fn bge_m3(&self) -> Result<Parts, ModelError> {
        let files = WeightFiles::one(self.path.join(BGE_M3_HEAD));
        let head = Dense::of_state(Tensors::open(self.path, &files)?, self.dim)?;
        let skipped = self.tokenizer.first.iter().copied().collect();
        let side = SideRules { skipped, is_windowed: true, ..self.side(None) };
        let rules = Rules { query: side.clone(), document: side, is_normalized: true };
        Ok(Parts::new(Layout::BgeM3, rules, vec![head]))
    }
}

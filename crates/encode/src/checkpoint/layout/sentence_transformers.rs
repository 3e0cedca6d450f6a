use super::modules::Modules;
use super::{Folder, Layout, Parts};
use crate::checkpoint::rules::{Expansion, Rules, SideRules};
use crate::weights::{ModelError, Settings};
use serde_json::Value;
use std::path::Path;

impl Folder<'_> {
    /// Reads a checkpoint of a `MultiVectorEncoder`. Without a mask every token has a vector.
    pub(super) fn sentence_transformers(
        &self,
        top: &Settings,
        modules: &Modules,
    ) -> Result<Parts, ModelError> {
        let own = Settings::open(&self.path.join("sentence_bert_config.json"), "lengths and expansion")?;
        own.only("do_lower_case", &Value::from(false))?;
        let longest = own.count("max_seq_length")?;
        let mut query = self.side(own.count("query_length")?.or(longest));
        if let Some(settings) = own.inner("query_expansion")? {
            self.expand(&settings, &mut query)?;
        }
        let mut document = self.side(own.count("document_length")?.or(longest));
        self.set_prompt(&mut query, self.prompt(top, &["query"])?);
        self.set_prompt(&mut document, self.prompt(top, &["document", "passage", "corpus"])?);
        let mut is_normalized = false;
        for module in modules.iter() {
            let path = module.folder.join("config.json");
            match module.kind.as_str() {
                "MultiVectorMask" => self.mask(&path, &mut query, &mut document)?,
                "Normalize" => is_normalized = true,
                _ => {}
            }
        }
        let dense = modules.dense(&["Transformer", "MultiVectorMask", "Normalize"])?;
        let rules = Rules { query, document, is_normalized };
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
}

use crate::error::EncodeError;
use crate::tokenize::Tokenizer;
use crate::weights::{ModelError, Settings, read_whole};
use crate::word_piece::Piece;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Longest `tokenizer.json` that is read: those of vocabularies of 256,000 entries have some thirty megabytes.
const MAX_BYTES: u64 = 128 << 20;

const NEEDED: &str = "the vocabulary and the rules that cut a text into tokens";

/// Markers around texts, of all that a `tokenizer.json` holds.
#[derive(Deserialize)]
struct Frame {
    added_tokens: Option<Value>,
    post_processor: Option<Value>,
}

impl Frame {
    fn settings(self, path: &Path) -> Settings {
        let parts = [("added_tokens", self.added_tokens), ("post_processor", self.post_processor)];
        Settings::new(
            path,
            parts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect(),
        )
    }
}

/// The tokenizer of a checkpoint: pieces of a text, and the tokens that stand around them.
#[derive(Debug)]
pub(crate) struct TextTokenizer {
    path: PathBuf,
    tokenizer: Tokenizer,
    /// Tokens that were added to the vocabulary, as they are spelled.
    added: HashMap<String, u32>,
    /// Before and behind every text.
    pub(crate) first: Vec<u32>,
    pub(crate) last: Vec<u32>,
    mask: Option<String>,
    max_tokens: Option<usize>,
}

impl TextTokenizer {
    /// Reads `tokenizer.json`, and `tokenizer_config.json` if it is there.
    pub(crate) fn open(folder: &Path) -> Result<Self, ModelError> {
        let path = folder.join("tokenizer.json");
        let missing = || ModelError::MissingFile { path: path.clone(), needed: NEEDED };
        let bytes = read_whole(&path, MAX_BYTES)?.ok_or_else(missing)?;
        let mut tokenizer = Self::from_bytes(&path, &bytes)?;
        tokenizer.read_config(folder)?;
        Ok(tokenizer)
    }

    /// Reads a `tokenizer.json`; `path` is where it stands.
    pub(crate) fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, ModelError> {
        let frame: Frame = serde_json::from_slice(bytes)
            .map_err(|source| ModelError::Json { path: path.to_owned(), source })?;
        let settings = frame.settings(path);
        let tokenizer = Tokenizer::from_json(bytes)
            .map_err(|source| ModelError::Tokenizer { path: path.to_owned(), source })?;
        let mut tokenizer = Self {
            added: added_tokens(&settings)?,
            path: path.to_owned(),
            tokenizer,
            first: Vec::new(),
            last: Vec::new(),
            mask: None,
            max_tokens: None,
        };
        tokenizer.read_frame(&settings)?;
        Ok(tokenizer)
    }

    /// Calls `visit` with each piece of a text; what a text says is never a control token.
    /// Returns whether all of the text was read.
    pub(crate) fn for_each_piece(&self, text: &str, visit: impl FnMut(Piece)) -> bool {
        self.tokenizer.for_each_piece(text, visit)
    }

    /// Takes these tokens for markers: no text can spell them any more.
    pub(crate) fn reserve(&mut self, tokens: &[u32]) {
        self.tokenizer.reserve(tokens);
    }

    /// The id of a token, as the vocabulary spells it.
    pub(crate) fn token(&self, spelled: &str) -> Option<u32> {
        self.added.get(spelled).copied().or_else(|| self.tokenizer.token(spelled))
    }

    /// The id of a token that is not the one for unknown words.
    pub(crate) fn known_token(&self, spelled: &str) -> Option<u32> {
        self.token(spelled).filter(|&token| Some(token) != self.tokenizer.unknown())
    }

    /// The id of a token that must be there.
    pub(crate) fn needed_token(&self, spelled: &str, needed: &'static str) -> Result<u32, ModelError> {
        let (path, token) = (self.path.clone(), spelled.to_owned());
        self.known_token(spelled).ok_or(ModelError::MissingToken { path, token, needed })
    }

    /// The token that fills queries.
    pub(crate) fn mask(&self) -> Result<u32, ModelError> {
        let needed =
            "fills queries (`mask_token` in tokenizer_config.json or special_tokens_map.json names it)";
        self.needed_token(self.mask.as_deref().unwrap_or("mask_token"), needed)
    }

    /// Longest text in tokens that it was made for.
    pub(crate) fn max_tokens(&self) -> Option<usize> {
        self.max_tokens
    }

    /// Every id is below `num_tokens`.
    pub(crate) fn check_ids(&self, num_tokens: usize) -> Result<(), ModelError> {
        let added = self.added.iter().map(|(token, &id)| (token.clone(), id));
        match added.chain(self.tokenizer.last_token()).find(|&(_, id)| id as usize >= num_tokens) {
            None => Ok(()),
            Some((token, id)) => Err(ModelError::Tokenizer {
                path: self.path.clone(),
                source: EncodeError::TokenOutOfRange { token, id, num_rows: num_tokens },
            }),
        }
    }

    fn read_config(&mut self, folder: &Path) -> Result<(), ModelError> {
        for name in ["tokenizer_config.json", "special_tokens_map.json"] {
            let Some(settings) = Settings::find(&folder.join(name))? else { continue };
            if self.mask.is_none() {
                self.mask = spelled(&settings, "mask_token")?;
            }
            // Absent, Python writes 1e30.
            let longest =
                settings.number("model_max_length")?.filter(|&longest| (1.0..1e6).contains(&longest));
            self.max_tokens = self.max_tokens.or(longest.map(|longest| longest as usize));
        }
        Ok(())
    }

    /// Reads what stands around every text: of the kinds that the Python package writes.
    fn read_frame(&mut self, settings: &Settings) -> Result<(), ModelError> {
        match settings.inner("post_processor")? {
            Some(processor) => self.read_processor(&processor),
            None => Ok(()),
        }
    }

    fn read_processor(&mut self, processor: &Settings) -> Result<(), ModelError> {
        let kind = processor.text("type")?.ok_or_else(|| processor.missing("post_processor.type"))?;
        match kind {
            "TemplateProcessing" => self.read_template(processor),
            // It trims the places of tokens, which is done here whatever it says.
            "ByteLevel" => Ok(()),
            "Sequence" => {
                let list = processor.objects("processors")?.unwrap_or_default();
                list.iter().try_for_each(|processor| self.read_processor(processor))
            }
            "BertProcessing" | "RobertaProcessing" => {
                let token = |key: &str| {
                    let pair = processor.get(key).and_then(Value::as_array);
                    let token = pair.and_then(|pair| pair.first()).and_then(Value::as_str);
                    token.ok_or_else(|| processor.missing(key))
                };
                self.first = vec![self.needed_token(token("cls")?, "begins every text")?];
                self.last = vec![self.needed_token(token("sep")?, "ends every text")?];
                Ok(())
            }
            other => {
                let known =
                    "TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel or a Sequence of them";
                Err(processor.wrong("post_processor.type", &Value::from(other), known))
            }
        }
    }

    fn read_template(&mut self, processor: &Settings) -> Result<(), ModelError> {
        let template = processor.get("single").and_then(Value::as_array);
        let template = template.ok_or_else(|| processor.missing("post_processor.single"))?;
        let mut is_behind = false;
        for part in template {
            if part.get("Sequence").is_some() {
                is_behind = true;
                continue;
            }
            let token = part.pointer("/SpecialToken/id").and_then(Value::as_str);
            let token = token.ok_or_else(|| {
                processor.wrong("post_processor.single", part, "a SpecialToken or a Sequence")
            })?;
            let token = self.needed_token(token, "stands around every text")?;
            if is_behind { self.last.push(token) } else { self.first.push(token) }
        }
        Ok(())
    }
}

/// A token that is a string, or an object that holds one.
fn spelled(settings: &Settings, key: &str) -> Result<Option<String>, ModelError> {
    match settings.get(key) {
        Some(Value::Object(_)) => {
            let inner = settings.inner(key)?;
            Ok(inner
                .map(|inner| inner.text("content").map(|text| text.map(str::to_owned)))
                .transpose()?
                .flatten())
        }
        _ => Ok(settings.text(key)?.map(str::to_owned)),
    }
}

fn added_tokens(settings: &Settings) -> Result<HashMap<String, u32>, ModelError> {
    let Some(list) = settings.get("added_tokens") else { return Ok(HashMap::new()) };
    let read = |item: &Value| {
        let content = item.get("content")?.as_str()?;
        Some((content.to_owned(), u32::try_from(item.get("id")?.as_u64()?).ok()?))
    };
    let tokens = list.as_array().and_then(|list| list.iter().map(read).collect::<Option<_>>());
    tokens.ok_or_else(|| settings.wrong("added_tokens", list, "a list of tokens with `id` and `content`"))
}

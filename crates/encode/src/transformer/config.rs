use crate::weights::{ModelError, Settings};
use pleiad_kernels::MAX_PRODUCT_INPUTS;
use serde_json::{Value, json};

/// Longest texts that any model here was made for, with room: tables of rotations are made for all of them.
const MAX_POSITIONS: usize = 1 << 17;

/// Family of the encoder of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Devlin et al., NAACL 2019.
    Bert,
    /// Sanh et al., arXiv 1910.01108: BERT without token types, other names.
    DistilBert,
    /// Liu et al., arXiv 1907.11692, and XLM-R: BERT whose positions begin behind the padding token's id.
    Roberta,
    /// Pfeiffer et al., NAACL 2022: XLM-R with an adapter per language in each layer.
    Xmod,
    /// Warner et al., arXiv 2412.13663: rotary positions, gated layers, most of them with local attention.
    ModernBert,
}

/// The shape of an encoder, as its `config.json` says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BackboneConfig {
    pub(crate) family: Family,
    pub(crate) model_type: String,
    /// Values per token between layers.
    pub(crate) dim: usize,
    pub(crate) num_layers: usize,
    pub(crate) num_heads: usize,
    /// Values per token inside the feed-forward part.
    pub(crate) inner_dim: usize,
    pub(crate) num_tokens: usize,
    pub(crate) num_positions: usize,
    /// Position of the first token.
    pub(crate) first_position: usize,
    pub(crate) num_types: usize,
    pub(crate) epsilon: f32,
    pub(crate) rotary: Option<Rotary>,
    pub(crate) adapter: Option<Adapter>,
}

/// Attention of ModernBERT's layers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rotary {
    pub(crate) global_theta: f32,
    pub(crate) local_theta: f32,
    /// Every so many layers, from the first on, attention is global.
    pub(crate) global_every: usize,
    /// Tokens that a local layer attends to on either side.
    pub(crate) reach: usize,
}

/// The adapters of X-MOD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Adapter {
    pub(crate) language: String,
    /// All that the model has.
    pub(crate) known: Vec<String>,
    pub(crate) dim: usize,
    pub(crate) has_norm: bool,
    pub(crate) reuses_norm: bool,
    pub(crate) norm_first: bool,
}

impl BackboneConfig {
    /// Reads `config.json`; `language` chooses the adapter of a model that has them.
    pub(crate) fn read(settings: &Settings, language: Option<&str>) -> Result<Self, ModelError> {
        let model_type = settings.text("model_type")?.ok_or_else(|| settings.missing("model_type"))?;
        let config = match model_type {
            "bert" => bert(settings, Family::Bert, 0),
            "distilbert" => distilbert(settings),
            "ColBERT" => colberter(settings),
            "roberta" | "xlm-roberta" => bert(settings, Family::Roberta, pad_token(settings)? + 1),
            "xmod" => xmod(settings, language),
            "modernbert" => modernbert(settings),
            other => {
                let known = "bert, distilbert, roberta, xlm-roberta, xmod or modernbert";
                Err(settings.wrong("model_type", &Value::from(other), known))
            }
        }?;
        let config = Self { model_type: model_type.to_owned(), ..config };
        if language.is_some() && config.adapter.is_none() {
            return Err(ModelError::Language {
                path: settings.path().to_owned(),
                asked: language.map(str::to_owned),
                known: Vec::new(),
            });
        }
        config.check(settings)
    }

    /// Values per head.
    pub(crate) fn head_dim(&self) -> usize {
        self.dim / self.num_heads
    }

    /// Longest text in tokens, markers among them.
    pub(crate) fn max_tokens(&self) -> usize {
        self.num_positions.saturating_sub(self.first_position)
    }

    fn check(self, settings: &Settings) -> Result<Self, ModelError> {
        if !self.dim.is_multiple_of(self.num_heads) || (self.rotary.is_some() && self.head_dim() % 2 == 1) {
            let expected = format!("a divisor of the {} hidden values, into even heads", self.dim);
            return Err(settings.wrong("num_attention_heads", &Value::from(self.num_heads), &expected));
        }
        if self.dim > MAX_PRODUCT_INPUTS || self.inner_dim > MAX_PRODUCT_INPUTS {
            let most = format!("at most {MAX_PRODUCT_INPUTS}");
            return Err(settings.wrong("hidden_size", &Value::from(self.dim.max(self.inner_dim)), &most));
        }
        if self.max_tokens() == 0 || self.num_positions > MAX_POSITIONS {
            let found = Value::from(self.num_positions);
            let expected = format!("more than the padding token's id, at most {MAX_POSITIONS}");
            return Err(settings.wrong("max_position_embeddings", &found, &expected));
        }
        Ok(self)
    }
}

fn pad_token(settings: &Settings) -> Result<usize, ModelError> {
    settings.count("pad_token_id")?.ok_or_else(|| settings.missing("pad_token_id"))
}

fn epsilon(settings: &Settings, key: &str) -> Result<f32, ModelError> {
    Ok(settings.number(key)?.ok_or_else(|| settings.missing(key))? as f32)
}

/// Reads the sizes that BERT and most of its successors give the same names; the key of epsilon differs.
fn sizes(
    settings: &Settings,
    family: Family,
    first_position: usize,
    epsilon_key: &str,
) -> Result<BackboneConfig, ModelError> {
    Ok(BackboneConfig {
        family,
        model_type: String::new(),
        dim: settings.needed_count("hidden_size")?,
        num_layers: settings.needed_count("num_hidden_layers")?,
        num_heads: settings.needed_count("num_attention_heads")?,
        inner_dim: settings.needed_count("intermediate_size")?,
        num_tokens: settings.needed_count("vocab_size")?,
        num_positions: settings.needed_count("max_position_embeddings")?,
        first_position,
        num_types: 0,
        epsilon: epsilon(settings, epsilon_key)?,
        rotary: None,
        adapter: None,
    })
}

/// The names that BERT and its nearest relatives use.
fn bert(settings: &Settings, family: Family, first_position: usize) -> Result<BackboneConfig, ModelError> {
    settings.only("hidden_act", &json!("gelu"))?;
    settings.only("position_embedding_type", &json!("absolute"))?;
    settings.only("is_decoder", &json!(false))?;
    let num_types = settings.needed_count("type_vocab_size")?;
    Ok(BackboneConfig { num_types, ..sizes(settings, family, first_position, "layer_norm_eps")? })
}

fn distilbert(settings: &Settings) -> Result<BackboneConfig, ModelError> {
    settings.only("activation", &json!("gelu"))?;
    Ok(BackboneConfig {
        family: Family::DistilBert,
        model_type: String::new(),
        dim: settings.needed_count("dim")?,
        num_layers: settings.needed_count("n_layers")?,
        num_heads: settings.needed_count("n_heads")?,
        inner_dim: settings.needed_count("hidden_dim")?,
        num_tokens: settings.needed_count("vocab_size")?,
        num_positions: settings.needed_count("max_position_embeddings")?,
        first_position: 0,
        num_types: 0,
        // Fixed in the definition of the model, no setting of it.
        epsilon: 1e-12,
        rotary: None,
        adapter: None,
    })
}

/// ColBERTer names its backbone, whose shape may stand beside it; public checkpoints say no more than the name.
fn colberter(settings: &Settings) -> Result<BackboneConfig, ModelError> {
    if settings.get("n_layers").is_some() {
        return distilbert(settings);
    }
    let name = settings.text("bert_model")?.ok_or_else(|| settings.missing("bert_model"))?;
    if name.rsplit('/').next() != Some("distilbert-base-uncased") {
        let expected =
            "distilbert-base-uncased, or the settings of a DistilBERT beside it (n_layers, n_heads, ...)";
        return Err(settings.wrong("bert_model", &Value::from(name), expected));
    }
    // Sanh et al., arXiv 1910.01108, §2: BERT's base model with every other layer left out.
    Ok(BackboneConfig {
        family: Family::DistilBert,
        model_type: String::new(),
        dim: 768,
        num_layers: 6,
        num_heads: 12,
        inner_dim: 3072,
        num_tokens: 30522,
        num_positions: 512,
        first_position: 0,
        num_types: 0,
        epsilon: 1e-12,
        rotary: None,
        adapter: None,
    })
}

fn xmod(settings: &Settings, language: Option<&str>) -> Result<BackboneConfig, ModelError> {
    settings.only("pre_norm", &json!(false))?;
    let config = bert(settings, Family::Xmod, pad_token(settings)? + 1)?;
    let known = settings.texts("languages")?.ok_or_else(|| settings.missing("languages"))?;
    let asked = match language {
        Some(language) => Some(language),
        None => settings.text("default_language")?,
    };
    let Some(language) = asked.filter(|asked| known.iter().any(|known| known == asked)) else {
        let (path, asked) = (settings.path().to_owned(), asked.map(str::to_owned));
        return Err(ModelError::Language { path, asked, known });
    };
    let flag = |key| settings.flag(key)?.ok_or_else(|| settings.missing(key));
    let adapter = Adapter {
        language: language.to_owned(),
        known,
        dim: config.dim / settings.needed_count("adapter_reduction_factor")?,
        has_norm: flag("adapter_layer_norm")?,
        reuses_norm: flag("adapter_reuse_layer_norm")?,
        norm_first: flag("ln_before_adapter")?,
    };
    Ok(BackboneConfig { adapter: Some(adapter), ..config })
}

fn modernbert(settings: &Settings) -> Result<BackboneConfig, ModelError> {
    settings.only("hidden_activation", &json!("gelu"))?;
    for key in ["attention_bias", "mlp_bias", "norm_bias"] {
        settings.only(key, &json!(false))?;
    }
    let theta = |key: &str, kind: &str| -> Result<f32, ModelError> {
        // Newer exports keep both angles in one table by kind of layer.
        let inner = settings.inner("rope_parameters")?.map(|all| all.inner(kind)).transpose()?.flatten();
        let found = match inner {
            Some(inner) => inner.number("rope_theta")?,
            None => settings.number(key)?,
        };
        Ok(found.ok_or_else(|| settings.missing(key))? as f32)
    };
    let reach = settings.needed_count("local_attention")? / 2;
    Ok(BackboneConfig {
        rotary: Some(Rotary {
            global_theta: theta("global_rope_theta", "full_attention")?,
            local_theta: theta("local_rope_theta", "sliding_attention")?,
            global_every: settings.needed_count("global_attn_every_n_layers")?,
            reach,
        }),
        ..sizes(settings, Family::ModernBert, 0, "norm_eps")?
    })
}

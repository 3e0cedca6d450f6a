//! Late-interaction checkpoints from a folder: what stands in the files decides, nothing is guessed.

mod dense;
mod encode;
mod layout;
pub(crate) mod options;
mod packed;
mod rules;
mod sentence;
mod source;
mod tokenizer;
mod whole_words;

pub use layout::Layout;
pub use options::ModelOptions;
pub use sentence::Sentence;

pub(crate) use source::probe;

use crate::backbone::Backbone;
use crate::transformer::{Adapters, BackboneConfig, Precision};
use crate::weights::{ModelError, Settings, Tensors, WeightFiles, identity, name_of};
use dense::Dense;
use layout::{Folder, Parts};
use source::Source;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokenizer::TextTokenizer;
use whole_words::WholeWords;

/// A late-interaction model on the CPU. A clone shares all of it.
///
/// # Examples
/// ```no_run
/// use pleiad_encode::{Encoder, ModelEncoder, ModelOptions};
///
/// let encoder = ModelEncoder::open("models/answerai-colbert-small-v1".as_ref(), &ModelOptions::default())?;
/// let document = encoder.encode_document("Mars is often referred to as the Red Planet.")?;
/// assert_eq!(document.vectors.dim(), encoder.dim());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ModelEncoder {
    id: String,
    model: Arc<Model>,
    /// Adapters of the language of the texts, where the model has some.
    adapters: Option<Arc<Adapters>>,
}

/// Parts of the model that are the same in every language.
#[derive(Debug)]
struct Model {
    /// Without a language.
    id: String,
    folder: PathBuf,
    precision: Precision,
    layout: Layout,
    tokenizer: TextTokenizer,
    backbone: Backbone,
    dense: Vec<Dense>,
    whole_words: Option<WholeWords>,
    rules: rules::Rules,
    sentence: Sentence,
    dim: usize,
    /// Those that have adapters.
    languages: Vec<String>,
    notes: Vec<String>,
}

impl ModelEncoder {
    /// Loads a checkpoint. Cost: its files are read twice, once for the checksum in its identity. For ONNX Runtime the
    /// weights are loaded as well where they are there, and compared in one short run.
    ///
    /// # Errors
    /// When a file, key, token or tensor is missing, unknown or not what the others say; the message names it. When
    /// ONNX Runtime is asked for and the graph cannot be used, or the graph is not that of the weights.
    pub fn open(folder: &Path, options: &ModelOptions) -> Result<Self, ModelError> {
        let config = Settings::open(&folder.join("config.json"), "the shape of the model")?;
        let backbone = BackboneConfig::read(&config, options.language.as_deref())?;
        let mut tokenizer = TextTokenizer::open(folder)?;
        tokenizer.check_ids(backbone.num_tokens)?;
        let source = Source::find(folder, options)?;
        let mut tensors = source.tensors(folder, probe(&backbone))?;
        let place = Folder {
            path: folder,
            config: &config,
            tokenizer: &tokenizer,
            max_tokens: backbone.max_tokens(),
            dim: backbone.dim,
        };
        let Parts { layout, mut rules, dense, whole_words, notes } = place.parts(&mut tensors)?;
        tokenizer.reserve(&rules.markers());
        if let Some(length) = options.document_length {
            rules.document.max_tokens = length.min(backbone.max_tokens());
            rules.document.is_windowed = false;
        }
        let sentence = match (layout, options.sentence) {
            (Layout::Plain, None) => Sentence::of_folder(folder)?,
            (_, sentence) => sentence.unwrap_or(Sentence::Off),
        };
        let dim = match &whole_words {
            Some(heads) => heads.dim(),
            None => chain(&dense, backbone.dim, folder)?,
        };
        let id = identity(folder, &name_of(folder), source.files())?;
        let adapter = backbone.adapter.clone();
        let (backbone, adapters) = source.load(tensors, &backbone)?;
        let (language, languages) = adapter.map(|adapter| (adapter.language, adapter.known)).unzip();
        let model = Model {
            id,
            folder: folder.to_owned(),
            precision: options.precision,
            layout,
            tokenizer,
            backbone,
            dense,
            whole_words,
            rules,
            sentence,
            dim,
            languages: languages.unwrap_or_default(),
            notes,
        };
        Ok(Self::new(Arc::new(model), language.as_deref(), adapters))
    }

    fn new(model: Arc<Model>, language: Option<&str>, adapters: Option<Adapters>) -> Self {
        let id = match language {
            Some(language) => format!("{}+{language}", model.id),
            None => model.id.clone(),
        };
        Self { id, model, adapters: adapters.map(Arc::new) }
    }

    /// The same model for texts in another language, with that one's adapters; all else is shared. Cost: the adapters
    /// of one language are read.
    ///
    /// # Errors
    /// When the model does not know the language, or has none at all; when a tensor is missing or of another shape.
    pub fn in_language(&self, language: &str) -> Result<Self, ModelError> {
        let model = &self.model;
        if model.languages.is_empty() {
            let (path, asked) = (model.folder.clone(), Some(language.to_owned()));
            return Err(ModelError::Language { path, asked, known: Vec::new() });
        }
        let config = Settings::open(&model.folder.join("config.json"), "the shape of the model")?;
        let backbone = BackboneConfig::read(&config, Some(language))?;
        let mut tensors = Tensors::open(&model.folder, &WeightFiles::find(&model.folder)?)?;
        tensors.find_prefix(probe(&backbone))?;
        let adapters = Adapters::load(&mut tensors, &backbone, model.precision)?;
        Ok(Self::new(model.clone(), Some(language), adapters))
    }

    /// Returns the layout: the library that wrote the checkpoint.
    pub fn layout(&self) -> Layout {
        self.model.layout
    }

    /// Returns the folder of the checkpoint; of a built-in model its name.
    pub(crate) fn folder(&self) -> &Path {
        &self.model.folder
    }

    /// Source of the vector of a whole text.
    pub fn sentence(&self) -> Sentence {
        self.model.sentence
    }

    /// Longest sequence of a document in tokens, markers among them: the documents of a plain backbone are cut into as
    /// many as they need, of others the beginning is taken.
    pub fn document_length(&self) -> usize {
        self.model.rules.document.max_tokens
    }
}

/// Values per token at the end of the dense layers, each of which must take what the one before gives.
fn chain(dense: &[Dense], dim: usize, folder: &Path) -> Result<usize, ModelError> {
    let mut dim = dim;
    for (number, layer) in dense.iter().enumerate() {
        if layer.num_inputs() != dim {
            return Err(ModelError::Key {
                path: folder.join("modules.json"),
                key: format!("in_features of dense layer {}", number + 1),
                found: layer.num_inputs().to_string(),
                expected: dim.to_string(),
            });
        }
        dim = layer.num_outputs();
    }
    Ok(dim)
}

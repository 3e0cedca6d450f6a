//! Runtime of a checkpoint's backbone, and the files of its weights.

use super::options::ModelOptions;
use crate::backbone::{Backbone, Runner};
#[cfg(feature = "onnx")]
use crate::onnx::{OnnxBackbone, OnnxFile};
#[cfg(feature = "onnx")]
use crate::onnx_runtime::OnnxRuntime;
use crate::transformer::{Adapters, BackboneConfig, Precision, Transformer};
use crate::weights::{ModelError, Tensors, WeightFiles};
use std::path::{Path, PathBuf};

/// Origin of a backbone.
pub(super) struct Source {
    /// None where there is a graph of ONNX alone.
    weights: Option<WeightFiles>,
    precision: Precision,
    #[cfg(feature = "onnx")]
    graph: Option<Graph>,
}

#[cfg(feature = "onnx")]
struct Graph {
    runtime: OnnxRuntime,
    file: OnnxFile,
}

impl Source {
    /// Looks for the files of a folder.
    ///
    /// # Errors
    /// When those that the options ask for are not there.
    pub(super) fn find(folder: &Path, options: &ModelOptions) -> Result<Self, ModelError> {
        if let Some(runtime) = &options.onnx_runtime {
            runtime.load()?;
            #[cfg(feature = "onnx")]
            return Self::find_graph(folder, runtime, options.precision);
        }
        Ok(Self {
            weights: Some(WeightFiles::find(folder)?),
            precision: options.precision,
            #[cfg(feature = "onnx")]
            graph: None,
        })
    }

    #[cfg(feature = "onnx")]
    fn find_graph(folder: &Path, runtime: &OnnxRuntime, precision: Precision) -> Result<Self, ModelError> {
        let file = OnnxFile::find(folder)?;
        if precision != Precision::F32 {
            let reason = "ONNX Runtime calculates as this file says: ask for no other precision";
            return Err(ModelError::Onnx { path: file.path, reason: reason.to_owned() });
        }
        let graph = Some(Graph { runtime: runtime.clone(), file });
        Ok(Self { weights: WeightFiles::find_any(folder)?, precision, graph })
    }

    /// The tensors of the weights; of a graph alone there are none.
    ///
    /// # Errors
    /// As [`Tensors::open`]; also when no tensor is named as `probe`, with any prefix.
    pub(super) fn tensors(&self, folder: &Path, probe: &str) -> Result<Tensors, ModelError> {
        let Some(weights) = &self.weights else { return Ok(Tensors::none(folder)) };
        let mut tensors = Tensors::open(folder, weights)?;
        tensors.find_prefix(probe)?;
        Ok(tensors)
    }

    /// The files that the identity of the model sums.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        #[cfg(feature = "onnx")]
        if let (None, Some(graph)) = (&self.weights, &self.graph) {
            return graph.file.files();
        }
        self.weights.as_ref().map(|weights| weights.files.clone()).unwrap_or_default()
    }

    /// Loads the backbone, and the adapters of the configuration's language.
    ///
    /// # Errors
    /// When a tensor is missing, unknown or of another shape; when ONNX Runtime or its graph cannot be used, or the
    /// graph is not the model of the weights.
    pub(super) fn load(
        self,
        mut tensors: Tensors,
        config: &BackboneConfig,
    ) -> Result<(Backbone, Option<Adapters>), ModelError> {
        #[cfg(feature = "onnx")]
        if let Some(graph) = self.graph {
            let graph = OnnxBackbone::open(&graph.runtime, graph.file, config)?;
            if self.weights.is_some() {
                graph.check_against(&own(tensors, config, self.precision)?, config)?;
            }
            return Ok((Backbone::new(config, Runner::Onnx(graph)), None));
        }
        let adapters = Adapters::load(&mut tensors, config, self.precision)?;
        let own = own(tensors, config, self.precision)?;
        Ok((Backbone::new(config, Runner::Own(Box::new(own))), adapters))
    }
}

fn own(
    mut tensors: Tensors,
    config: &BackboneConfig,
    precision: Precision,
) -> Result<Transformer, ModelError> {
    let transformer = Transformer::load(&mut tensors, config.clone(), precision)?;
    let has_adapters = config.adapter.is_some();
    tensors.finish(&config.model_type, |name| has_adapters && name.contains(".adapter_modules."))?;
    Ok(transformer)
}

/// A tensor that every backbone of this kind has.
pub(crate) fn probe(config: &BackboneConfig) -> &'static str {
    if config.rotary.is_some() {
        "embeddings.tok_embeddings.weight"
    } else {
        "embeddings.word_embeddings.weight"
    }
}

//! Graphs of checkpoints: where they lie, how they are loaded, and whether they are the model that they lie beside.

use super::{Input, OnnxBackbone};
use crate::onnx_runtime::OnnxRuntime;
use crate::transformer::{BackboneConfig, Sequence, Transformer};
use crate::weights::ModelError;
use ort::environment::Environment;
use ort::session::{Session, builder::GraphOptimizationLevel};
use ort::value::{Outlet, TensorElementType, ValueType};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Places in which exports put a graph.
const PLACES: [&str; 2] = ["model.onnx", "onnx/model.onnx"];

/// Endings behind the name of a graph whose weights have a file of their own.
const OUTSIDE: [&str; 2] = ["_data", ".data"];

/// The graph of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OnnxFile {
    pub(crate) path: PathBuf,
}

impl OnnxFile {
    /// Looks for the graph of a folder.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn find(folder: &Path) -> Result<Self, ModelError> {
        let found = PLACES.iter().map(|place| folder.join(place)).find(|path| path.is_file());
        found.map(|path| Self { path }).ok_or_else(|| ModelError::MissingFile {
            path: folder.join(PLACES[0]),
            needed: "the graph that ONNX Runtime runs (or onnx/model.onnx). Export it \
                     (`optimum-cli export onnx --task feature-extraction`), or go without ONNX Runtime",
        })
    }

    /// All files that decide what it gives.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let outside = OUTSIDE.iter().map(|end| {
            let mut name = self.path.clone().into_os_string();
            name.push(end);
            PathBuf::from(name)
        });
        std::iter::once(self.path.clone()).chain(outside.filter(|path| path.is_file())).collect()
    }
}

/// Names that exports give to the vectors of tokens.
const OUTPUTS: [&str; 2] = ["last_hidden_state", "token_embeddings"];

impl OnnxBackbone {
    /// Loads the graph.
    ///
    /// # Errors
    /// When it cannot be loaded, or is not one from token ids to vectors of tokens.
    pub(crate) fn open(
        runtime: &OnnxRuntime,
        file: OnnxFile,
        config: &BackboneConfig,
    ) -> Result<Self, ModelError> {
        if config.adapter.is_some() {
            let reason =
                "a model with one adapter per language is not run by ONNX Runtime: its graph has one of them";
            return Err(ModelError::Onnx { path: file.path, reason: reason.to_owned() });
        }
        let refused = |reason| ModelError::Onnx { path: file.path.clone(), reason };
        let environment = runtime.environment()?;
        let session = session(&environment, &file.path).map_err(|error| refused(error.to_string()))?;
        let inputs = inputs(session.inputs()).map_err(refused)?;
        let output = output(session.outputs(), config.dim).map_err(refused)?;
        Ok(Self { path: file.path, session: Mutex::new(session), inputs, output, dim: config.dim })
    }
}

fn session(environment: &Environment, path: &Path) -> ort::Result<Session> {
    let mut builder = Session::builder(environment)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(rayon::current_num_threads())?
        // Our threads want the cores between two runs.
        .with_intra_op_spinning(false)?;
    builder.commit_from_file(path)
}

/// Returns the known inputs of a graph.
fn inputs(found: &[Outlet]) -> Result<Vec<Input>, String> {
    let known = Input::ALL.map(Input::name).join(", ");
    let read = |outlet: &Outlet| {
        let input = Input::ALL.into_iter().find(|input| input.name() == outlet.name());
        let input = input.ok_or_else(|| format!("unknown input `{}`: known are {known}", outlet.name()))?;
        match outlet.dtype() {
            ValueType::Tensor { ty: TensorElementType::Int64, shape, .. } if shape.len() == 2 => Ok(input),
            other => Err(format!("input `{}` is {other}, expected int64 [1, tokens]", input.name())),
        }
    };
    let inputs = found.iter().map(read).collect::<Result<Vec<_>, String>>()?;
    match [Input::Tokens, Input::Mask].into_iter().find(|needed| !inputs.contains(needed)) {
        Some(missing) => Err(format!("no input `{}`", missing.name())),
        None => Ok(inputs),
    }
}

/// The output that holds the vectors of tokens.
fn output(found: &[Outlet], dim: usize) -> Result<&'static str, String> {
    let find = |name: &&'static str| Some((*name, found.iter().find(|outlet| outlet.name() == *name)?));
    let Some((name, outlet)) = OUTPUTS.iter().find_map(find) else {
        let names: Vec<&str> = found.iter().map(Outlet::name).collect();
        return Err(format!("no output `{}`: it has {}", OUTPUTS.join("` or `"), names.join(", ")));
    };
    match outlet.dtype() {
        ValueType::Tensor { ty: TensorElementType::Float32, shape, .. }
            if shape.len() == 3 && [-1, dim as i64].contains(&shape[2]) =>
        {
            Ok(name)
        }
        other => Err(format!("output `{name}` is {other}, expected float32 [1, tokens, {dim}]")),
    }
}

/// Tokens of the text that both read.
const NUM_TOKENS: usize = 16;

/// Least mean cosine. A graph in 8 bits has .97 and more; another checkpoint of the same shape is far below.
const MIN_COSINE: f32 = 0.95;

impl OnnxBackbone {
    /// Lets both read a few tokens from all over the vocabulary: a collection keeps the identity of the weights, so a
    /// graph of other ones must not pass for them. Cost: one short run of each.
    ///
    /// # Errors
    /// When they do not agree.
    pub(crate) fn check_against(&self, own: &Transformer, config: &BackboneConfig) -> Result<(), ModelError> {
        let num_tokens = NUM_TOKENS.min(config.max_tokens());
        // The middle of each sixteenth: no control token, of which the first are.
        let token = |at: usize| ((2 * at + 1) * config.num_tokens / (2 * num_tokens)) as u32;
        let tokens: Vec<u32> = (0..num_tokens).map(token).collect();
        let sequences = [Sequence { tokens: &tokens, num_keys: num_tokens }];
        let found = self.forward(&sequences);
        let refused = |reason| ModelError::Onnx { path: self.path.clone(), reason };
        let found = found.map_err(|error| refused(error.to_string()))?;
        let cosine = mean_cosine(&found, &own.forward(&sequences, None), self.dim);
        // Not a number is no agreement.
        if cosine >= MIN_COSINE {
            return Ok(());
        }
        Err(refused(format!(
            "it is not the model whose weights lie beside it: the vectors of {num_tokens} tokens have a mean cosine of \
             {cosine:.2} with those of the weights, at least {MIN_COSINE} is expected. Export it again from these weights"
        )))
    }
}

fn mean_cosine(a: &[f32], b: &[f32], dim: usize) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    let cosines = a.chunks_exact(dim).zip(b.chunks_exact(dim));
    let sum: f32 = cosines.map(|(a, b)| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()).sum();
    sum / (a.len() / dim) as f32
}

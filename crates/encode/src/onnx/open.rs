use super::{Input, OnnxBackbone, OnnxFile};
use crate::OnnxRuntime;
use crate::checkpoint::ModelError;
use crate::transformer::BackboneConfig;
use ort::environment::Environment;
use ort::session::{Session, builder::GraphOptimizationLevel};
use ort::value::{Outlet, TensorElementType, ValueType};
use std::path::Path;
use std::sync::Mutex;

/// What exports call the vectors of tokens.
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

/// Which of the known inputs a graph has.
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

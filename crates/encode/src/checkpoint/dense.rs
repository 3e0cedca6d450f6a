use crate::transformer::{Linear, LinearNames, Precision};
use crate::weights::{ModelError, Settings, Tensors, WeightFiles};
use pleiad_kernels::{Activation, ByteRows, Matrix};
use serde_json::Value;
use std::path::Path;

/// A layer behind the backbone: `activation(x · Wᵀ + b)`, plus `x · Rᵀ` or `x` where it has a residual.
#[derive(Debug)]
pub(crate) struct Dense {
    linear: Linear,
    activation: Activation,
    residual: Residual,
}

#[derive(Debug)]
enum Residual {
    None,
    Same,
    Linear(Linear),
}

/// Keys known in a dense layer's `config.json`.
const KEYS: [&str; 7] = [
    "in_features",
    "out_features",
    "bias",
    "activation_function",
    "use_residual",
    "module_input_name",
    "module_output_name",
];

impl Dense {
    /// Reads a folder `1_Dense`, `2_Dense`, … . Projections are small and stay in full precision.
    pub(crate) fn open(folder: &Path) -> Result<Self, ModelError> {
        let settings = Settings::open(&folder.join("config.json"), "the shape of a dense layer")?;
        settings.only_keys(&KEYS)?;
        for key in ["module_input_name", "module_output_name"] {
            settings.only(key, &Value::from("token_embeddings"))?;
        }
        let num_inputs = settings.needed_count("in_features")?;
        let num_outputs = settings.needed_count("out_features")?;
        let has_bias = settings.flag("bias")?.ok_or_else(|| settings.missing("bias"))?;
        let activation = activation(&settings)?;
        let mut tensors = Tensors::open(folder, &WeightFiles::find(folder)?)?;
        let mut linear = |name: &str, has_bias| {
            let names = [name.to_owned()];
            let layer = LinearNames { names: &names, num_inputs, num_outputs, has_bias };
            Linear::load(&mut tensors, Precision::F32, &layer)
        };
        let main = linear("linear", has_bias)?;
        let residual = match settings.flag("use_residual")?.unwrap_or(false) {
            false => Residual::None,
            true if num_inputs == num_outputs => Residual::Same,
            true => Residual::Linear(linear("residual", false)?),
        };
        tensors.finish("Dense", |_| false)?;
        Ok(Self { linear: main, activation, residual })
    }

    /// A linear layer that a file holds alone, as torch saves its state: `weight [outputs, inputs]` and `bias`.
    pub(crate) fn of_state(mut tensors: Tensors, num_inputs: usize) -> Result<Self, ModelError> {
        let num_outputs = tensors.shape("weight").and_then(<[usize]>::first).copied().unwrap_or(num_inputs);
        let weight = tensors.values("weight", &[num_outputs, num_inputs])?;
        let bias = tensors.values("bias", &[num_outputs])?;
        tensors.finish("Linear", |_| false)?;
        Ok(Self::plain(Linear::new(Precision::F32, Matrix::new(&weight, num_inputs), &bias)))
    }

    /// A projection that stands among the tensors of the backbone.
    pub(crate) fn plain(linear: Linear) -> Self {
        Self { linear, activation: Activation::Identity, residual: Residual::None }
    }

    pub(crate) fn num_inputs(&self) -> usize {
        self.linear.num_inputs()
    }

    pub(crate) fn num_outputs(&self) -> usize {
        self.linear.num_outputs()
    }

    pub(crate) fn apply(&self, rows: &[f32]) -> Vec<f32> {
        let (mut out, mut bytes) = (Vec::new(), ByteRows::default());
        self.linear.apply(rows, self.activation, &mut bytes, &mut out);
        let mut added = Vec::new();
        let residual = match &self.residual {
            Residual::None => return out,
            Residual::Same => rows,
            Residual::Linear(linear) => {
                linear.apply(rows, Activation::Identity, &mut bytes, &mut added);
                &added
            }
        };
        out.iter_mut().zip(residual).for_each(|(out, residual)| *out += residual);
        out
    }
}

fn activation(settings: &Settings) -> Result<Activation, ModelError> {
    let Some(name) = settings.text("activation_function")? else {
        return Err(settings.missing("activation_function"));
    };
    match name.rsplit('.').next().unwrap_or(name) {
        "Identity" => Ok(Activation::Identity),
        "GELU" => Ok(Activation::Gelu),
        "ReLU" => Ok(Activation::Relu),
        "Tanh" => Ok(Activation::Tanh),
        _ => {
            let known = "the Identity, GELU, ReLU or Tanh of torch.nn";
            Err(settings.wrong("activation_function", &Value::from(name), known))
        }
    }
}

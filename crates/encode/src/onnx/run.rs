use super::{Input, OnnxBackbone};
use crate::error::EncodeError;
use crate::transformer::Sequence;
use ort::session::Session;
use ort::value::TensorRef;
use std::sync::PoisonError;

impl OnnxBackbone {
    /// The last hidden states of all sequences, one behind the other, `[Σ num_tokens, dim]`. Each goes through the graph
    /// alone: nothing is padded, and it gives the same in any batch.
    ///
    /// # Errors
    /// When ONNX Runtime fails, or gives something of another shape.
    pub(crate) fn forward(&self, sequences: &[Sequence<'_>]) -> Result<Vec<f32>, EncodeError> {
        // A panic of another thread left the session as it was: a run changes nothing of it.
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let mut states = Vec::new();
        for sequence in sequences {
            self.run(&mut session, sequence, &mut states)
                .map_err(|reason| EncodeError::Onnx { path: self.path.clone(), reason })?;
        }
        Ok(states)
    }

    fn run(
        &self,
        session: &mut Session,
        sequence: &Sequence<'_>,
        states: &mut Vec<f32>,
    ) -> Result<(), String> {
        let num_tokens = sequence.tokens.len();
        let values = |input: &Input| -> Vec<i64> {
            match input {
                Input::Tokens => sequence.tokens.iter().map(|&token| i64::from(token)).collect(),
                Input::Mask => (0..num_tokens).map(|at| i64::from(at < sequence.num_keys)).collect(),
                Input::Types => vec![0; num_tokens],
            }
        };
        let told = |error: ort::Error| error.to_string();
        let values: Vec<Vec<i64>> = self.inputs.iter().map(values).collect();
        let mut inputs = Vec::with_capacity(values.len());
        for (input, values) in self.inputs.iter().zip(&values) {
            let tensor = TensorRef::from_array_view(([1, num_tokens], values.as_slice())).map_err(told)?;
            inputs.push((input.name(), tensor));
        }
        let outputs = session.run(inputs).map_err(told)?;
        let output = outputs.get(self.output).ok_or_else(|| format!("no output `{}`", self.output))?;
        let (shape, found) = output.try_extract_tensor::<f32>().map_err(told)?;
        let expected = [1, num_tokens as i64, self.dim as i64];
        if **shape != expected {
            return Err(format!("output `{}` is {:?}, expected {expected:?}", self.output, &**shape));
        }
        states.extend_from_slice(found);
        Ok(())
    }
}

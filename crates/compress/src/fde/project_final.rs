use super::{FdeEncoder, FdeError, FdeScratch};

impl FdeEncoder {
    /// Lets `encode` write the long encoding (which starts as zeros) and brings it to `out`, through the final
    /// projection if there is one.
    ///
    /// # Errors
    /// [`FdeError::OutputLength`] for a wrong `out`, [`FdeError::Overflow`] when a sum left the range of `f32`.
    pub(super) fn project_final(
        &self,
        scratch: &mut FdeScratch,
        out: &mut [f32],
        encode: impl FnOnce(&mut FdeScratch, &mut [f32]),
    ) -> Result<(), FdeError> {
        if out.len() != self.fde_dim {
            return Err(FdeError::OutputLength { expected: self.fde_dim, found: out.len() });
        }
        out.fill(0.0);
        match &self.matrices.last {
            None => encode(scratch, out),
            Some(sketch) => {
                let mut long = std::mem::take(&mut scratch.long);
                long.clear();
                long.resize(sketch.num_inputs(), 0.0);
                encode(scratch, &mut long);
                sketch.add_to(&long, out);
                scratch.long = long;
            }
        }
        match out.iter().position(|v| !v.is_finite()) {
            Some(position) => Err(FdeError::Overflow { position }),
            None => Ok(()),
        }
    }
}

use crate::weights::ModelError;
#[cfg(feature = "onnx")]
use ort::environment::Environment;
use std::fmt;
use std::path::{Path, PathBuf};
#[cfg(feature = "onnx")]
use std::sync::{Arc, Mutex, PoisonError};

/// A library of ONNX Runtime, which runs backbones in place of our own layers. It is loaded for the first model that asks
/// for it. A process has one: make one value and clone it for each model.
#[derive(Clone)]
pub struct OnnxRuntime {
    library: PathBuf,
    #[cfg(feature = "onnx")]
    environment: Arc<Mutex<Option<Environment>>>,
}

impl OnnxRuntime {
    /// Names a library (`libonnxruntime.so`, from version 1.17 on). It is code that will be run: name only one that is
    /// trusted.
    pub fn new(library: impl Into<PathBuf>) -> Self {
        Self {
            library: library.into(),
            #[cfg(feature = "onnx")]
            environment: Arc::default(),
        }
    }

    /// Loads the library, unless this value or a clone of it has done so before.
    ///
    /// # Errors
    /// When it is not there or is no such library, when the process has loaded another one, or without the feature
    /// `onnx`.
    pub fn load(&self) -> Result<(), ModelError> {
        #[cfg(feature = "onnx")]
        return self.environment().map(drop);
        #[cfg(not(feature = "onnx"))]
        Err(self.refused("this program was built without the feature `onnx`".to_owned()))
    }

    /// The environment that sessions are made in.
    ///
    /// # Errors
    /// As [`OnnxRuntime::load`].
    #[cfg(feature = "onnx")]
    pub(crate) fn environment(&self) -> Result<Environment, ModelError> {
        // A panic of another thread left it loaded or not loaded: both are fine.
        let mut environment = self.environment.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = &*environment {
            return Ok(loaded.clone());
        }
        // Absolute, as a relative one would be looked for beside the program.
        let library = self.library.canonicalize().map_err(|error| self.refused(error.to_string()))?;
        let builder = ort::init_from(&library).map_err(|error| self.refused(error.to_string()))?;
        let built = builder.with_telemetry(false).build().map_err(|error| self.refused(error.to_string()))?;
        Ok(environment.insert(built).clone())
    }

    fn refused(&self, reason: String) -> ModelError {
        ModelError::OnnxRuntime { library: self.library.clone(), reason }
    }

    /// The file of the library.
    pub fn library(&self) -> &Path {
        &self.library
    }
}

impl fmt::Debug for OnnxRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnnxRuntime").field(&self.library()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_library_is_named() {
        let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        for path in [Path::new("nowhere/libonnxruntime.so"), &other] {
            let message = OnnxRuntime::new(path).load().unwrap_err().to_string();
            let is_named = message.contains(&format!("ONNX Runtime in {}: ", path.display()));
            assert!(is_named, "{message}");
            assert_eq!(message.contains("feature `onnx`"), cfg!(not(feature = "onnx")), "{message}");
        }
    }
}

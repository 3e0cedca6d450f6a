use crate::ModelError;
use std::fmt;
use std::path::Path;
#[cfg(feature = "onnx")]
use std::path::PathBuf;

/// A loaded library of ONNX Runtime, which runs backbones in place of our own layers. A process has one: load it once, and
/// clone it for each model.
#[derive(Clone)]
pub struct OnnxRuntime {
    #[cfg(feature = "onnx")]
    library: PathBuf,
    #[cfg(feature = "onnx")]
    pub(crate) environment: ort::environment::Environment,
    /// There is none without the feature.
    #[cfg(not(feature = "onnx"))]
    never: std::convert::Infallible,
}

impl OnnxRuntime {
    /// Loads a library (`libonnxruntime.so`, from version 1.17 on). It is code that is run: name only one that is trusted.
    ///
    /// # Errors
    /// When it is not there or is no such library, when the process has loaded one already, or without the feature `onnx`.
    #[cfg(feature = "onnx")]
    pub fn load(library: &Path) -> Result<Self, ModelError> {
        let refused = |reason: String| ModelError::OnnxRuntime { library: library.to_owned(), reason };
        // Whole, as a relative one would be looked for beside the program.
        let whole = library.canonicalize().map_err(|error| refused(error.to_string()))?;
        let loaded = ort::init_from(&whole).map_err(|error| refused(error.to_string()))?;
        let environment = loaded.with_telemetry(false).build().map_err(|error| refused(error.to_string()))?;
        Ok(Self { library: whole, environment })
    }

    /// Says that there is none.
    ///
    /// # Errors
    /// Always, without the feature `onnx`.
    #[cfg(not(feature = "onnx"))]
    pub fn load(library: &Path) -> Result<Self, ModelError> {
        let reason = "this program was built without the feature `onnx`".to_owned();
        Err(ModelError::OnnxRuntime { library: library.to_owned(), reason })
    }

    /// The file that was loaded.
    #[cfg(feature = "onnx")]
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// There is none.
    #[cfg(not(feature = "onnx"))]
    pub fn library(&self) -> &Path {
        match self.never {}
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
            let message = OnnxRuntime::load(path).unwrap_err().to_string();
            let is_named = message.contains(&format!("ONNX Runtime in {}: ", path.display()));
            assert!(is_named, "{message}");
            assert_eq!(message.contains("feature `onnx`"), cfg!(not(feature = "onnx")), "{message}");
        }
    }
}

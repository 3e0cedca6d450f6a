use super::sentence::Sentence;
use crate::onnx_runtime::OnnxRuntime;
use crate::transformer::Precision;

/// Options of opening a checkpoint.
#[derive(Debug, Clone, Default)]
pub struct ModelOptions {
    /// Precision of the weights and of their products.
    pub precision: Precision,
    /// Adapter of a model that has one per language (X-MOD); nothing takes the model's own default.
    pub language: Option<String>,
    /// Longest document in tokens; nothing takes the checkpoint's own. More than its backbone has positions for is
    /// cut to that.
    pub document_length: Option<usize>,
    /// Source of the vector of a whole text, of a plain backbone; nothing takes what `1_Pooling/config.json` says.
    pub sentence: Option<Sentence>,
    /// Runtime of the backbone, from `model.onnx` or `onnx/model.onnx` of the folder; nothing runs our own layers. All
    /// around it stays as it is.
    pub onnx_runtime: Option<OnnxRuntime>,
}

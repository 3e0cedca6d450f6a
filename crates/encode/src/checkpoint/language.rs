use super::weights::Weights;
use super::{ModelEncoder, ModelError, Settings, Tensors, probe};
use crate::transformer::{Adapters, BackboneConfig};

impl ModelEncoder {
    /// The same model for texts in another language, with that one's adapters; all else is shared. Cost: the adapters of
    /// one language are read.
    ///
    /// # Errors
    /// When the model does not know the language, or has none at all; when a tensor is missing or of another shape.
    pub fn in_language(&self, language: &str) -> Result<Self, ModelError> {
        let model = &self.model;
        let config = Settings::open(&model.folder.join("config.json"), "the shape of the model")?;
        let backbone = BackboneConfig::read(&config, Some(language))?;
        let mut tensors = Tensors::open(&model.folder, &Weights::find(&model.folder)?)?;
        tensors.find_prefix(probe(&backbone))?;
        let adapters = Adapters::load(&mut tensors, &backbone, model.precision)?;
        Ok(Self::new(model.clone(), Some(language), adapters))
    }
}

use crate::arrays::array_of;
use crate::failure::Result;
use crate::opening::Places;
use crate::process::{Opener, detached};
use crate::signals::Signals;
use numpy::PyArray2;
use pleiad_encode::Encoder;
use pleiad_text::EncoderOptions;
use pyo3::prelude::*;
use std::sync::Arc;

/// A model that turns texts into token vectors.
#[pyclass(frozen, module = "pleiad._engine")]
pub(crate) struct TextEncoder {
    encoder: Arc<dyn Encoder>,
    opener: Opener,
}

#[pymethods]
impl TextEncoder {
    #[new]
    fn open(py: Python<'_>, model: Option<String>, places: Places) -> PyResult<Self> {
        let encoder = Signals::run(py, |signals| {
            let options = EncoderOptions { model, ..EncoderOptions::default() };
            Ok(places.models().open(&options, signals)?)
        })?;
        Ok(Self { encoder: Arc::from(encoder), opener: Opener::this() })
    }

    #[getter]
    fn id(&self) -> &str {
        self.encoder.id()
    }

    #[getter]
    fn dim(&self) -> usize {
        self.encoder.dim()
    }

    fn encode_query<'py>(&self, py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyArray2<f32>>> {
        self.opener.check()?;
        let encoded: Result<_> =
            detached(py, || Ok(self.encoder.encode_query(text).map_err(pleiad_text::Error::from)?));
        array_of(py, &encoded?.vectors)
    }

    fn encode_documents<'py>(
        &self,
        py: Python<'py>,
        texts: Vec<String>,
    ) -> PyResult<Vec<Bound<'py, PyArray2<f32>>>> {
        self.opener.check()?;
        let encoded: Result<_> = detached(py, move || {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            Ok(self.encoder.encode_documents(&texts).map_err(pleiad_text::Error::from)?)
        });
        encoded?.iter().map(|encoded| array_of(py, &encoded.vectors)).collect()
    }
}

use super::ImportError;
use super::element::Element;
use super::npy::NpyHeader;
use super::open::open_regular;
use crate::weights::safetensors::Safetensors;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes that are read at once.
const PIECE_BYTES: usize = 1 << 16;

/// An array whose values are read in order, in pieces.
pub(super) struct Array {
    /// The file, with the array in it where there are several.
    pub(super) place: String,
    pub(super) element: Element,
    pub(super) shape: Vec<usize>,
    source: Box<dyn Read + Send>,
    bytes: Vec<u8>,
}

impl Array {
    /// Opens a `.npy` file.
    pub(super) fn open_npy(path: &Path) -> Result<Self, ImportError> {
        let place = path.display().to_string();
        let file = open_regular(path).map_err(ImportError::io(&place))?;
        let file_bytes = file.metadata().map_err(ImportError::io(&place))?.len();
        Self::from_npy(place, BufReader::new(file), file_bytes)
    }

    /// Takes a source of `num_bytes` bytes in NumPy's format.
    pub(super) fn from_npy(
        place: String,
        mut source: impl Read + Send + 'static,
        num_bytes: u64,
    ) -> Result<Self, ImportError> {
        let NpyHeader { element, shape, header_bytes } = NpyHeader::read_from(&place, &mut source)?;
        let array = Self { place, element, shape, source: Box::new(source), bytes: Vec::new() };
        let (found_bytes, expected_bytes) = (num_bytes.saturating_sub(header_bytes), array.num_bytes());
        if found_bytes != expected_bytes {
            return Err(ImportError::Length { place: array.place, found_bytes, expected_bytes });
        }
        Ok(array)
    }

    /// Opens one tensor of a safetensors file whose header was read.
    pub(super) fn open_tensor(path: &Path, file: &Safetensors, name: &str) -> Result<Self, ImportError> {
        let place = format!("{}, array `{name}`", path.display());
        let tensor = file
            .get(name)
            .map_err(|source| ImportError::Safetensors { place: path.display().to_string(), source })?;
        let element = Element::from_safetensors(&place, &tensor.dtype)?;
        let mut source = open_regular(path).map_err(ImportError::io(&place))?;
        source.seek(SeekFrom::Start(tensor.begin)).map_err(ImportError::io(&place))?;
        let source = Box::new(BufReader::new(source).take(tensor.end - tensor.begin));
        Ok(Self { place, element, shape: tensor.shape.clone(), source, bytes: Vec::new() })
    }

    /// Bytes of all values; `u64::MAX` where the product overflows, which no file can have.
    fn num_bytes(&self) -> u64 {
        let sizes = self.shape.iter().map(|&size| size as u64);
        sizes.fold(self.element.num_bytes() as u64, u64::saturating_mul)
    }

    /// An error about its shape.
    pub(super) fn wrong_shape(&self, expected: &'static str) -> ImportError {
        ImportError::Shape { place: self.place.clone(), shape: self.shape.clone(), expected }
    }

    /// An error about its element type.
    pub(super) fn wrong_type(&self, expected: &'static str) -> ImportError {
        ImportError::Dtype { place: self.place.clone(), dtype: self.element.name().to_owned(), expected }
    }

    /// Appends the next `num_values` values as floats.
    pub(super) fn read_f32(&mut self, num_values: usize, out: &mut Vec<f32>) -> Result<(), ImportError> {
        let element = self.element;
        self.read(num_values, |bytes| element.decode_f32(bytes, out))
    }

    /// All values of a one-dimensional array of integers.
    pub(super) fn into_integers(mut self) -> Result<Vec<i64>, ImportError> {
        if !matches!(self.element, Element::I64 | Element::I32) {
            return Err(self.wrong_type("int64 or int32"));
        }
        let (element, num_values) = (self.element, self.shape.iter().product());
        let mut values = Vec::new();
        self.read(num_values, |bytes| element.decode_i64(bytes, &mut values))?;
        Ok(values)
    }

    /// Reads values piece by piece, so that memory grows with what the file really holds.
    fn read(&mut self, num_values: usize, mut decode: impl FnMut(&[u8])) -> Result<(), ImportError> {
        let value_bytes = self.element.num_bytes();
        let mut left = num_values;
        while left > 0 {
            let now = left.min(PIECE_BYTES / value_bytes);
            self.bytes.resize(now * value_bytes, 0);
            self.source.read_exact(&mut self.bytes).map_err(ImportError::io(&self.place))?;
            decode(&self.bytes);
            left -= now;
        }
        Ok(())
    }
}

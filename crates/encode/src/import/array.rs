use super::ImportError;
use super::element::Element;
use super::npy::NpyHeader;
use super::open_regular;
use crate::weights::safetensors::Safetensors;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes that are read at once.
const PIECE_BYTES: usize = 1 << 16;

/// Largest array that is brought from Fortran's order to C's: it is held whole.
const MAX_FORTRAN_BYTES: u64 = 1 << 30;

/// An array whose values are read in order, in pieces.
pub(super) struct Array {
    /// The file, with the array in it where there are several.
    pub(super) place: String,
    pub(super) element: Element,
    pub(super) shape: Vec<usize>,
    is_big_endian: bool,
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
        let NpyHeader { element, is_big_endian, is_fortran, shape, header_bytes } =
            NpyHeader::read_from(&place, &mut source)?;
        let mut array =
            Self { place, element, shape, is_big_endian, source: Box::new(source), bytes: Vec::new() };
        let (found_bytes, expected_bytes) = (num_bytes.saturating_sub(header_bytes), array.num_bytes());
        if found_bytes != expected_bytes {
            return Err(ImportError::Length { place: array.place, found_bytes, expected_bytes });
        }
        if is_fortran && array.shape.len() > 1 {
            array.transpose(expected_bytes)?;
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
        let shape = tensor.shape.clone();
        Ok(Self { place, element, shape, is_big_endian: false, source, bytes: Vec::new() })
    }

    /// Bytes of all values; `u64::MAX` where the product overflows, which no file can have.
    fn num_bytes(&self) -> u64 {
        let sizes = self.shape.iter().map(|&size| size as u64);
        sizes.fold(self.element.num_bytes() as u64, u64::saturating_mul)
    }

    /// Brings values that are stored with the first axis running fastest into the order of the others. Memory: the array.
    fn transpose(&mut self, num_bytes: u64) -> Result<(), ImportError> {
        if num_bytes > MAX_FORTRAN_BYTES {
            return Err(ImportError::FortranOrder {
                place: self.place.clone(),
                limit_bytes: MAX_FORTRAN_BYTES,
            });
        }
        let value_bytes = self.element.num_bytes();
        let mut source = BufReader::with_capacity(
            PIECE_BYTES,
            std::mem::replace(&mut self.source, Box::new(Cursor::new([]))),
        );
        // The axes in memory: how far one step along each is, in values.
        let mut steps = vec![1; self.shape.len()];
        for axis in (0..self.shape.len().saturating_sub(1)).rev() {
            steps[axis] = self.shape[axis + 1].saturating_mul(steps[axis + 1]);
        }
        let mut values = vec![0; num_bytes as usize];
        let (mut index, mut to, mut value) = (vec![0; self.shape.len()], 0, [0; 8]);
        for _ in 0..num_bytes as usize / value_bytes {
            source.read_exact(&mut value[..value_bytes]).map_err(ImportError::io(&self.place))?;
            values[to * value_bytes..][..value_bytes].copy_from_slice(&value[..value_bytes]);
            for axis in 0..index.len() {
                (index[axis], to) = (index[axis] + 1, to + steps[axis]);
                if index[axis] < self.shape[axis] {
                    break;
                }
                (index[axis], to) = (0, to - steps[axis] * self.shape[axis]);
            }
        }
        self.source = Box::new(Cursor::new(values));
        Ok(())
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

    /// All values of an array of integers; they are held.
    pub(super) fn into_integers(self) -> Result<Vec<i64>, ImportError> {
        let mut integers = Integers::new(self)?;
        let mut values = Vec::new();
        while let Some(value) = integers.next()? {
            values.push(value);
        }
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
            if self.is_big_endian {
                self.bytes.chunks_exact_mut(value_bytes).for_each(<[u8]>::reverse);
            }
            decode(&self.bytes);
            left -= now;
        }
        Ok(())
    }
}

/// Values of an array of integers one after the other. Memory: one piece.
pub(super) struct Integers {
    array: Array,
    /// Values that were not read yet.
    left: usize,
    piece: Vec<i64>,
    at: usize,
}

impl Integers {
    pub(super) fn new(array: Array) -> Result<Self, ImportError> {
        if !array.element.is_integer() {
            return Err(array.wrong_type("an integer of 32 or 64 bits"));
        }
        let left = array.shape.iter().product();
        Ok(Self { array, left, piece: Vec::new(), at: 0 })
    }

    pub(super) fn place(&self) -> &str {
        &self.array.place
    }

    /// The next value; nothing behind the last.
    pub(super) fn next(&mut self) -> Result<Option<i64>, ImportError> {
        if self.at == self.piece.len() {
            let (element, now) = (self.array.element, self.left.min(PIECE_BYTES / 8));
            self.piece.clear();
            self.array.read(now, |bytes| element.decode_i64(bytes, &mut self.piece))?;
            (self.left, self.at) = (self.left - now, 0);
        }
        let value = self.piece.get(self.at).copied();
        self.at += usize::from(value.is_some());
        Ok(value)
    }
}

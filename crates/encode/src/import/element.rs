use super::ImportError;
use pleiad_kernels::f16_bits_to_f32;

/// Element types that are read, all little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    I8,
    F16,
    F32,
    I32,
    I64,
}

impl Element {
    /// From NumPy's `descr`, such as `<f2`.
    pub(super) fn from_npy(place: &str, descr: &str) -> Result<Self, ImportError> {
        match descr {
            "|i1" | "<i1" | "i1" => Ok(Self::I8),
            "<f2" => Ok(Self::F16),
            "<f4" => Ok(Self::F32),
            "<i4" => Ok(Self::I32),
            "<i8" => Ok(Self::I64),
            _ if descr.starts_with('>') => {
                Err(ImportError::BigEndian { place: place.to_owned(), dtype: descr.to_owned() })
            }
            _ => Err(Self::unknown(place, descr)),
        }
    }

    /// From the `dtype` of safetensors.
    pub(super) fn from_safetensors(place: &str, dtype: &str) -> Result<Self, ImportError> {
        match dtype {
            "I8" => Ok(Self::I8),
            "F16" => Ok(Self::F16),
            "F32" => Ok(Self::F32),
            "I32" => Ok(Self::I32),
            "I64" => Ok(Self::I64),
            _ => Err(Self::unknown(place, dtype)),
        }
    }

    fn unknown(place: &str, dtype: &str) -> ImportError {
        let expected = "float32, float16 or int8 for vectors, int64 or int32 for offsets";
        ImportError::Dtype { place: place.to_owned(), dtype: dtype.to_owned(), expected }
    }

    pub(super) fn num_bytes(self) -> usize {
        match self {
            Self::I8 => 1,
            Self::F16 => 2,
            Self::F32 | Self::I32 => 4,
            Self::I64 => 8,
        }
    }

    /// NumPy's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::I8 => "int8",
            Self::F16 => "float16",
            Self::F32 => "float32",
            Self::I32 => "int32",
            Self::I64 => "int64",
        }
    }

    /// Returns whether its values mean little without a scale.
    pub(super) fn is_quantized(self) -> bool {
        self == Self::I8
    }

    /// Returns whether it can hold the values of vectors.
    pub(super) fn is_vector(self) -> bool {
        matches!(self, Self::I8 | Self::F16 | Self::F32)
    }

    /// Appends values as floats; whole values only.
    pub(super) fn decode_f32(self, bytes: &[u8], out: &mut Vec<f32>) {
        match self {
            Self::I8 => out.extend(bytes.iter().map(|&byte| f32::from(byte as i8))),
            Self::F16 => {
                out.extend(bytes.as_chunks::<2>().0.iter().map(|&v| f16_bits_to_f32(u16::from_le_bytes(v))));
            }
            Self::F32 => out.extend(bytes.as_chunks::<4>().0.iter().map(|&v| f32::from_le_bytes(v))),
            Self::I32 => out.extend(bytes.as_chunks::<4>().0.iter().map(|&v| i32::from_le_bytes(v) as f32)),
            Self::I64 => out.extend(bytes.as_chunks::<8>().0.iter().map(|&v| i64::from_le_bytes(v) as f32)),
        }
    }

    /// Appends values as integers; none for the float types, which are refused before.
    pub(super) fn decode_i64(self, bytes: &[u8], out: &mut Vec<i64>) {
        match self {
            Self::I8 => out.extend(bytes.iter().map(|&byte| i64::from(byte as i8))),
            Self::I32 => {
                out.extend(bytes.as_chunks::<4>().0.iter().map(|&v| i64::from(i32::from_le_bytes(v))));
            }
            Self::I64 => out.extend(bytes.as_chunks::<8>().0.iter().map(|&v| i64::from_le_bytes(v))),
            Self::F16 | Self::F32 => {}
        }
    }
}

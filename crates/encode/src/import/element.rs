use super::ImportError;
use pleiad_kernels::f16_bits_to_f32;

/// Element types that are read. Bytes are little-endian here: an array swaps others before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    I8,
    F16,
    Bf16,
    F32,
    F64,
    I32,
    U32,
    I64,
    U64,
}

impl Element {
    /// From NumPy's `descr`, such as `<f2`, with whether the most significant byte comes first. `V2`, two bytes without a
    /// meaning, is what NumPy writes of the bfloat16 of `ml_dtypes`.
    pub(super) fn from_npy(place: &str, descr: &str) -> Result<(Self, bool), ImportError> {
        let (is_big_endian, code) = match descr.split_at_checked(1) {
            Some((">", code)) => (true, code),
            Some(("<" | "|" | "=", code)) => (false, code),
            _ => (false, descr),
        };
        let element = match code {
            "i1" => Self::I8,
            "f2" => Self::F16,
            "V2" => Self::Bf16,
            "f4" => Self::F32,
            "f8" => Self::F64,
            "i4" => Self::I32,
            "u4" => Self::U32,
            "i8" => Self::I64,
            "u8" => Self::U64,
            "O" => return Err(ImportError::Objects { place: place.to_owned() }),
            _ => return Err(Self::unknown(place, descr)),
        };
        Ok((element, is_big_endian))
    }

    /// From the `dtype` of safetensors.
    pub(super) fn from_safetensors(place: &str, dtype: &str) -> Result<Self, ImportError> {
        match dtype {
            "I8" => Ok(Self::I8),
            "F16" => Ok(Self::F16),
            "BF16" => Ok(Self::Bf16),
            "F32" => Ok(Self::F32),
            "F64" => Ok(Self::F64),
            "I32" => Ok(Self::I32),
            "U32" => Ok(Self::U32),
            "I64" => Ok(Self::I64),
            "U64" => Ok(Self::U64),
            _ => Err(Self::unknown(place, dtype)),
        }
    }

    fn unknown(place: &str, dtype: &str) -> ImportError {
        let expected = "float16, bfloat16, float32, float64 or int8 for vectors, an integer of 32 or 64 bits for offsets";
        ImportError::Dtype { place: place.to_owned(), dtype: dtype.to_owned(), expected }
    }

    pub(super) fn num_bytes(self) -> usize {
        match self {
            Self::I8 => 1,
            Self::F16 | Self::Bf16 => 2,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F64 | Self::I64 | Self::U64 => 8,
        }
    }

    /// NumPy's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::I8 => "int8",
            Self::F16 => "float16",
            Self::Bf16 => "bfloat16",
            Self::F32 => "float32",
            Self::F64 => "float64",
            Self::I32 => "int32",
            Self::U32 => "uint32",
            Self::I64 => "int64",
            Self::U64 => "uint64",
        }
    }

    /// Returns whether its values mean little without a scale.
    pub(super) fn is_quantized(self) -> bool {
        self == Self::I8
    }

    pub(super) fn is_float(self) -> bool {
        matches!(self, Self::F16 | Self::Bf16 | Self::F32 | Self::F64)
    }

    /// Returns whether it can hold offsets and lengths.
    pub(super) fn is_integer(self) -> bool {
        matches!(self, Self::I32 | Self::U32 | Self::I64 | Self::U64)
    }

    /// Appends values as floats; whole values only.
    pub(super) fn decode_f32(self, bytes: &[u8], out: &mut Vec<f32>) {
        let (pairs, fours, eights) =
            (bytes.as_chunks::<2>().0, bytes.as_chunks::<4>().0, bytes.as_chunks::<8>().0);
        match self {
            Self::I8 => out.extend(bytes.iter().map(|&byte| f32::from(byte as i8))),
            Self::F16 => out.extend(pairs.iter().map(|&v| f16_bits_to_f32(u16::from_le_bytes(v)))),
            // The upper half of a float.
            Self::Bf16 => {
                out.extend(pairs.iter().map(|&v| f32::from_bits(u32::from(u16::from_le_bytes(v)) << 16)));
            }
            Self::F32 => out.extend(fours.iter().map(|&v| f32::from_le_bytes(v))),
            Self::F64 => out.extend(eights.iter().map(|&v| f64::from_le_bytes(v) as f32)),
            Self::I32 => out.extend(fours.iter().map(|&v| i32::from_le_bytes(v) as f32)),
            Self::U32 => out.extend(fours.iter().map(|&v| u32::from_le_bytes(v) as f32)),
            Self::I64 => out.extend(eights.iter().map(|&v| i64::from_le_bytes(v) as f32)),
            Self::U64 => out.extend(eights.iter().map(|&v| u64::from_le_bytes(v) as f32)),
        }
    }

    /// Appends values as integers; none for the float types, which are refused before. What is above `i64::MAX` becomes
    /// that: no file has so many rows.
    pub(super) fn decode_i64(self, bytes: &[u8], out: &mut Vec<i64>) {
        let (fours, eights) = (bytes.as_chunks::<4>().0, bytes.as_chunks::<8>().0);
        match self {
            Self::I8 => out.extend(bytes.iter().map(|&byte| i64::from(byte as i8))),
            Self::I32 => out.extend(fours.iter().map(|&v| i64::from(i32::from_le_bytes(v)))),
            Self::U32 => out.extend(fours.iter().map(|&v| i64::from(u32::from_le_bytes(v)))),
            Self::I64 => out.extend(eights.iter().map(|&v| i64::from_le_bytes(v))),
            Self::U64 => {
                out.extend(eights.iter().map(|&v| i64::try_from(u64::from_le_bytes(v)).unwrap_or(i64::MAX)));
            }
            Self::F16 | Self::Bf16 | Self::F32 | Self::F64 => {}
        }
    }
}

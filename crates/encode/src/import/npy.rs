//! NumPy's `.npy` header (NEP 1, versions 1 to 3): magic, version, length, then a Python dictionary as text.

use super::ImportError;
use super::element::Element;
use std::io::Read;

/// Longest header that is read; NumPy itself warns above 10,000 bytes.
const MAX_HEADER_BYTES: usize = 1 << 16;

/// Content of the header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NpyHeader {
    pub(super) element: Element,
    /// True if the most significant byte of a value comes first.
    pub(super) is_big_endian: bool,
    /// True if the first axis runs fastest.
    pub(super) is_fortran: bool,
    pub(super) shape: Vec<usize>,
    /// Bytes before the first value.
    pub(super) header_bytes: u64,
}

impl NpyHeader {
    pub(super) fn read_from(place: &str, source: &mut impl Read) -> Result<Self, ImportError> {
        let wrong = |reason| ImportError::NotNpy { place: place.to_owned(), reason };
        let mut start = [0; 8];
        source.read_exact(&mut start).map_err(|_| wrong("the file ends before its header"))?;
        if &start[..6] != b"\x93NUMPY" {
            return Err(wrong("it does not begin with \\x93NUMPY"));
        }
        let length_bytes = match start[6] {
            1 => 2,
            2 | 3 => 4,
            _ => return Err(wrong("a format version above 3")),
        };
        let mut length = [0; 4];
        source
            .read_exact(&mut length[..length_bytes])
            .map_err(|_| wrong("the file ends before its header"))?;
        let length = u32::from_le_bytes(length) as usize;
        if length > MAX_HEADER_BYTES {
            return Err(wrong("a header of more than 64 KiB"));
        }
        let mut text = vec![0; length];
        source.read_exact(&mut text).map_err(|_| wrong("the file ends before its header"))?;
        let text = std::str::from_utf8(&text).map_err(|_| wrong("the header is not text"))?;
        let header_bytes = 8 + length_bytes as u64 + length as u64;
        Self::parse(place, text, header_bytes)
    }

    fn parse(place: &str, text: &str, header_bytes: u64) -> Result<Self, ImportError> {
        let wrong = |reason| ImportError::NotNpy { place: place.to_owned(), reason };
        let descr = value_of(text, "descr").ok_or_else(|| wrong("the header has no `descr`"))?;
        let (element, is_big_endian) = Element::from_npy(place, string(descr).unwrap_or(descr))?;
        let is_fortran = match value_of(text, "fortran_order") {
            Some(value) if value.starts_with("False") => false,
            Some(value) if value.starts_with("True") => true,
            _ => return Err(wrong("the header has no `fortran_order`")),
        };
        let shape =
            value_of(text, "shape").and_then(tuple).ok_or_else(|| wrong("the header has no `shape`"))?;
        Ok(Self { element, is_big_endian, is_fortran, shape, header_bytes })
    }
}

/// The text after `'key':`.
fn value_of<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let quoted = [format!("'{key}'"), format!("\"{key}\"")];
    let after = quoted.iter().find_map(|quoted| text.split_once(quoted.as_str()))?.1;
    after.trim_start().strip_prefix(':').map(str::trim_start)
}

fn string(value: &str) -> Option<&str> {
    let quote = value.chars().next().filter(|c| ['\'', '"'].contains(c))?;
    value[1..].split_once(quote).map(|(text, _)| text)
}

fn tuple(value: &str) -> Option<Vec<usize>> {
    let (inside, _) = value.strip_prefix('(')?.split_once(')')?;
    inside.split(',').map(str::trim).filter(|size| !size.is_empty()).map(|size| size.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<NpyHeader, String> {
        NpyHeader::parse("x.npy", text, 80).map_err(|error| error.to_string())
    }

    #[test]
    fn headers_are_understood() {
        let header = parse("{'descr': '<f2', 'fortran_order': False, 'shape': (5452, 128), }   \n").unwrap();
        let expected = NpyHeader {
            element: Element::F16,
            is_big_endian: false,
            is_fortran: false,
            shape: vec![5452, 128],
            header_bytes: 80,
        };
        assert_eq!(header, expected);
        let header = parse("{'descr': '>f8', 'fortran_order': True, 'shape': (1, 2), }").unwrap();
        assert_eq!((header.element, header.is_big_endian, header.is_fortran), (Element::F64, true, true));
        assert_eq!(parse("{\"shape\":(3,),\"fortran_order\":False,\"descr\":\"|i1\"}").unwrap().shape, [3]);
    }

    #[test]
    fn bad_headers_are_refused() {
        for (text, reason) in [
            ("{}", "no `descr`"),
            ("{'descr': '<f4', 'shape': (1,)}", "no `fortran_order`"),
            ("{'descr': '<f4', 'fortran_order': False}", "no `shape`"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (1, -2)}", "no `shape`"),
            ("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", "Python objects"),
            (
                "{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}",
                "values of type <c8, expected float16",
            ),
            ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "values of type [("),
        ] {
            let message = parse(text).unwrap_err();
            assert!(
                message.starts_with("x.npy: ") && message.contains(reason),
                "{message} should say {reason}"
            );
        }
        let read = |bytes: &[u8]| NpyHeader::read_from("x.npy", &mut &bytes[..]).unwrap_err().to_string();
        assert!(read(b"\x93NUM").contains("ends before its header"));
        assert!(read(b"PK\x03\x04....").contains("does not begin"));
        assert!(read(b"\x93NUMPY\x09\0....").contains("version"));
        assert!(read(b"\x93NUMPY\x02\0\xff\xff\xff\xff").contains("64 KiB"));
        assert!(read(b"\x93NUMPY\x01\0\x10\0{'descr'").contains("ends before its header"));
    }
}

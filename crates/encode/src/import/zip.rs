//! As much of zip (PKWARE APPNOTE 6.3) as `.npz` files and those of torch use: stored and deflated entries, with
//! 64-bit sizes.

use super::ImportError;
use super::open_regular;
use flate2::Crc;
use flate2::read::DeflateDecoder;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;
const ENTRY: u32 = 0x0201_4b50;
const LOCAL: u32 = 0x0403_4b50;

/// Largest directory that is read: one entry per array, each some hundred bytes.
const MAX_DIRECTORY_BYTES: u64 = 16 << 20;

/// Most bytes that deflate makes of one.
const MAX_RATIO: u64 = 1032;

/// The end record and the longest comment that may follow it.
const MAX_END_BYTES: u64 = 22 + 0xffff;

/// The directory of an archive.
#[derive(Debug)]
pub(crate) struct Zip {
    path: PathBuf,
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    method: u16,
    crc: u32,
    packed_bytes: u64,
    num_bytes: u64,
    local_header: u64,
}

/// Little-endian fields by position; nothing past the end.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn slice(&self, at: usize, length: usize) -> Option<&'a [u8]> {
        self.0.get(at..)?.get(..length)
    }

    fn number(&self, at: usize, length: usize) -> Option<u64> {
        Some(self.slice(at, length)?.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)))
    }

    fn u16(&self, at: usize) -> Option<usize> {
        self.number(at, 2).map(|value| value as usize)
    }

    fn u32(&self, at: usize) -> Option<u64> {
        self.number(at, 4)
    }

    fn has(&self, at: usize, signature: u32) -> bool {
        self.u32(at) == Some(u64::from(signature))
    }
}

impl Zip {
    /// Reads the directory.
    pub(crate) fn open(path: &Path) -> Result<Self, ImportError> {
        let place = path.display().to_string();
        let mut file = open_regular(path).map_err(ImportError::io(&place))?;
        let directory = read_directory(&mut file).map_err(ImportError::io(&place))?;
        let entries = directory.as_deref().and_then(parse_directory).ok_or_else(|| ImportError::Zip {
            place,
            reason: "not a readable zip archive: truncated, or not written by numpy.savez".into(),
        })?;
        Ok(Self { path: path.to_owned(), entries })
    }

    /// The names of all entries.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Returns the byte range of an entry that is not packed; its checksum is not compared.
    pub(crate) fn stored(&self, name: &str) -> Result<Range<u64>, ImportError> {
        let wrong = |reason: &str| ImportError::Zip {
            place: self.path.display().to_string(),
            reason: format!("entry {name:?} {reason}"),
        };
        let entry = self.entries.get(name).ok_or_else(|| wrong("is not there"))?;
        let place = || {
            let mut file = File::open(&self.path)?;
            Ok((seek_entry(&mut file, name, entry)?, file.metadata()?.len()))
        };
        let (begin, file_bytes) = place().map_err(ImportError::io(&self.path.display().to_string()))?;
        match begin.checked_add(entry.num_bytes) {
            Some(end) if entry.method == 0 && end <= file_bytes => Ok(begin..end),
            Some(_) if entry.method == 0 => Err(wrong("reaches behind the end: the file is truncated")),
            _ => Err(wrong("is packed, where its bytes are needed as they are")),
        }
    }

    /// Opens an entry: its bytes, unpacked, and how many they are. The checksum is verified at the end.
    pub(crate) fn entry(&self, name: &str) -> Result<(impl Read + Send + use<>, u64), ImportError> {
        let wrong = |reason| ImportError::Zip { place: self.path.display().to_string(), reason };
        let Some(&entry) = self.entries.get(name) else {
            let present: Vec<&String> = self.entries.keys().take(8).collect();
            return Err(wrong(format!("no array {name:?}; the archive has {present:?}")));
        };
        if entry.num_bytes > entry.packed_bytes.saturating_mul(MAX_RATIO).saturating_add(MAX_RATIO) {
            return Err(wrong(format!(
                "entry {name:?} claims more bytes than it can hold: the file is damaged"
            )));
        }
        let packed = self.packed(name, &entry).map_err(ImportError::io(&self.path.display().to_string()))?;
        let unpacked: Box<dyn Read + Send> = match entry.method {
            0 => Box::new(packed),
            8 => Box::new(DeflateDecoder::new(packed)),
            method => {
                return Err(wrong(format!("entry {name:?} is packed by method {method}: use numpy.savez")));
            }
        };
        let checked =
            Checked { source: unpacked.take(entry.num_bytes), crc: Crc::new(), expected: entry.crc };
        Ok((checked, entry.num_bytes))
    }

    fn packed(&self, name: &str, entry: &Entry) -> io::Result<impl Read + Send + use<>> {
        let mut file = File::open(&self.path)?;
        seek_entry(&mut file, name, entry)?;
        Ok(BufReader::new(file).take(entry.packed_bytes))
    }
}

/// Goes to the first byte of an entry, and says where that is. Its name stands there a second time.
fn seek_entry(file: &mut File, expected: &str, entry: &Entry) -> io::Result<u64> {
    file.seek(SeekFrom::Start(entry.local_header))?;
    let mut header = [0; 30];
    file.read_exact(&mut header)?;
    let fields = Fields(&header);
    let (Some(name), Some(extra), true) = (fields.u16(26), fields.u16(28), fields.has(0, LOCAL)) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the directory points to no entry"));
    };
    let mut found = vec![0; name];
    file.read_exact(&mut found)?;
    if String::from_utf8_lossy(&found) != expected {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "an entry has two names: the file is damaged",
        ));
    }
    file.seek(SeekFrom::Current(extra as i64))
}

/// The bytes of the directory; none where the file has no end record.
fn read_directory(file: &mut File) -> io::Result<Option<Vec<u8>>> {
    let file_bytes = file.metadata()?.len();
    let tail_begin = file_bytes.saturating_sub(MAX_END_BYTES + 20);
    let tail = read_at(file, tail_begin, file_bytes - tail_begin)?;
    let fields = Fields(&tail);
    // The end record is known by its comment, which must reach to the last byte.
    let is_end = |at: &usize| {
        fields.has(*at, END) && fields.u16(at + 20).is_some_and(|comment| at + 22 + comment == tail.len())
    };
    let Some(end) = (0..tail.len()).rev().find(is_end) else { return Ok(None) };
    let mut place = fields.u32(end + 16).zip(fields.u32(end + 12));
    if let Some(locator) = end.checked_sub(20).filter(|&at| fields.has(at, LOCATOR_64)) {
        place = match fields.number(locator + 8, 8) {
            Some(at) if at.checked_add(56).is_some_and(|end| end <= file_bytes) => {
                let record = read_at(file, at, 56)?;
                let fields = Fields(&record);
                fields.number(48, 8).zip(fields.number(40, 8)).filter(|_| fields.has(0, END_64))
            }
            _ => None,
        };
    }
    match place {
        Some((at, length))
            if length <= MAX_DIRECTORY_BYTES
                && at.checked_add(length).is_some_and(|end| end <= file_bytes) =>
        {
            read_at(file, at, length).map(Some)
        }
        _ => Ok(None),
    }
}

fn read_at(file: &mut File, at: u64, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn parse_directory(bytes: &[u8]) -> Option<BTreeMap<String, Entry>> {
    let mut entries = BTreeMap::new();
    let mut at = 0;
    while at < bytes.len() {
        let fields = Fields(&bytes[at..]);
        if !fields.has(0, ENTRY) {
            return None;
        }
        let (name, extra, comment) = (fields.u16(28)?, fields.u16(30)?, fields.u16(32)?);
        let entry = parse_entry(fields, Fields(fields.slice(46 + name, extra)?))?;
        entries.insert(String::from_utf8_lossy(fields.slice(46, name)?).into_owned(), entry);
        at += 46 + name + extra + comment;
    }
    // A damaged length would pass over entries.
    (at == bytes.len()).then_some(entries)
}

fn parse_entry(fields: Fields<'_>, extra: Fields<'_>) -> Option<Entry> {
    // Where a size does not fit 32 bits it stands in the extra field of kind 1, in this order.
    let mut sizes = [fields.u32(24)?, fields.u32(20)?, fields.u32(42)?];
    let mut wide = wide_sizes(extra);
    for size in sizes.iter_mut().filter(|size| **size == u64::from(u32::MAX)) {
        *size = wide.number(0, 8)?;
        wide = Fields(&wide.0[8..]);
    }
    let [num_bytes, packed_bytes, local_header] = sizes;
    let (method, crc) = (fields.u16(10)? as u16, fields.u32(16)? as u32);
    Some(Entry { method, crc, packed_bytes, num_bytes, local_header })
}

fn wide_sizes<'a>(extra: Fields<'a>) -> Fields<'a> {
    let mut at = 0;
    while let (Some(kind), Some(length)) = (extra.u16(at), extra.u16(at + 2)) {
        if kind == 1 {
            return Fields(extra.slice(at + 4, length).unwrap_or_default());
        }
        at += 4 + length;
    }
    Fields(&[])
}

/// Verifies the checksum when the last byte has passed.
struct Checked<R> {
    source: io::Take<R>,
    crc: Crc,
    expected: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.crc.update(&buffer[..read]);
        let (end, found) = (self.source.limit() == 0, self.crc.sum());
        if end && read > 0 && found != self.expected {
            let message =
                format!("checksum {found:08x}, expected {:08x}: the file is damaged", self.expected);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(read)
    }
}

//! Whole numbers of seven bits a byte, the lowest first; the high bit says that more follow.

/// Adds a number.
pub(crate) fn push(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes a number from the front; nothing where there is none.
pub(crate) fn take(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0u32;
    for shift in (0..35).step_by(7) {
        let (&first, rest) = bytes.split_first()?;
        *bytes = rest;
        let low = u32::from(first & 0x7f);
        // The fifth byte holds the last four bits.
        if shift == 28 && low > 0xf {
            return None;
        }
        value |= low << shift;
        if first < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Takes so many bytes from the front.
pub(crate) fn take_bytes<'a>(bytes: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    Some(taken)
}

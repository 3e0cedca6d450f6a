//! Times: a reading of text, in microseconds since 1970-01-01T00:00:00Z.

use std::fmt::{self, Write};

const MICROS: i64 = 1_000_000;
const DAY: i64 = 86_400 * MICROS;

/// First and last time that four digits of a year can say.
const FIRST: i64 = -719_528 * DAY;
const LAST: i64 = 2_932_897 * DAY - 1;

/// Reads a whole text as a time: RFC 3339, a date alone, or either with a blank for the `T`; without an offset it is
/// UTC. Fractions beyond microseconds are cut off. A leap second is the last microsecond of its minute.
pub(crate) fn parse(text: &str) -> Option<i64> {
    // The longest form has nine digits of a second or more; anything else is refused before it is looked at.
    if text.len() < 10 || text.len() > 64 {
        return None;
    }
    prefix(text).filter(|&(_, length)| length == text.len()).map(|(at, _)| at)
}

/// Reads the longest time that a text begins with, and returns its length in bytes.
pub(crate) fn prefix(text: &str) -> Option<(i64, usize)> {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0 };
    let date = reader.date()?;
    let end_of_date = reader.at;
    let (within, offset) = match reader.clock() {
        Some(clock) => clock,
        None => {
            reader.at = end_of_date;
            (0, 0)
        }
    };
    let at = date.checked_mul(DAY)?.checked_add(within)?.checked_sub(offset)?;
    is_valid(at).then_some((at, reader.at))
}

/// Returns whether a text begins like a date, right or wrong.
pub(crate) fn looks_like_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 5
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4] == b'-'
        && bytes[5].is_ascii_digit()
}

/// Returns whether a time can be written with a year of four digits.
pub(crate) fn is_valid(at: i64) -> bool {
    (FIRST..=LAST).contains(&at)
}

/// Writes a time in UTC, as short as it can be said: a date alone at midnight.
pub(crate) fn write(f: &mut fmt::Formatter<'_>, at: i64) -> fmt::Result {
    let (year, month, day) = civil(at.div_euclid(DAY));
    write!(f, "{year:04}-{month:02}-{day:02}")?;
    let within = at.rem_euclid(DAY);
    if within == 0 {
        return Ok(());
    }
    let (seconds, micros) = (within / MICROS, within % MICROS);
    write!(f, "T{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
    if micros > 0 {
        write!(f, ".{micros:06}")?;
    }
    f.write_char('Z')
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// Exactly so many digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let digits = self.bytes.get(self.at..self.at + count)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.at += count;
        Some(digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
    }

    fn number(&mut self, count: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        self.digits(count).filter(|number| range.contains(number))
    }

    fn eat(&mut self, any_of: &[u8]) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        any_of.contains(&byte).then(|| {
            self.at += 1;
            byte
        })
    }

    /// Days since 1970-01-01.
    fn date(&mut self) -> Option<i64> {
        let year = self.digits(4)?;
        self.eat(b"-")?;
        let month = self.number(2, 1..=12)?;
        self.eat(b"-")?;
        let day = self.number(2, 1..=days_of(year, month))?;
        Some(days(year, month, day))
    }

    /// Microseconds within the day, and microseconds by which the clock is ahead of UTC. Leaves the reader anywhere when
    /// there is no clock.
    fn clock(&mut self) -> Option<(i64, i64)> {
        self.eat(b"Tt ")?;
        let hours = self.number(2, 0..=23)?;
        self.eat(b":")?;
        let minutes = self.number(2, 0..=59)?;
        let mut micros = (hours * 60 + minutes) * 60 * MICROS;
        if self.eat(b":").is_some() {
            let seconds = self.number(2, 0..=60)?;
            let fraction = self.fraction()?;
            micros += if seconds == 60 { 60 * MICROS - 1 } else { seconds * MICROS + fraction };
        }
        Some((micros, self.offset()?))
    }

    /// Microseconds behind a point, none without one; at least one digit has to follow it.
    fn fraction(&mut self) -> Option<i64> {
        if self.eat(b".").is_none() {
            return Some(0);
        }
        let (mut micros, mut unit, begin) = (0, MICROS / 10, self.at);
        while let Some(digit) = self.eat(b"0123456789") {
            micros += i64::from(digit - b'0') * unit;
            unit /= 10;
        }
        (self.at > begin).then_some(micros)
    }

    fn offset(&mut self) -> Option<i64> {
        let sign = match self.eat(b"Zz+-") {
            None | Some(b'Z' | b'z') => return Some(0),
            Some(b'-') => -1,
            Some(_) => 1,
        };
        let hours = self.number(2, 0..=23)?;
        self.eat(b":")?;
        let minutes = self.number(2, 0..=59)?;
        Some(sign * (hours * 60 + minutes) * 60 * MICROS)
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date in the Gregorian calendar. Years begin in March here, so that the leap day is their
/// last; an era has 400 years.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a number of days since 1970-01-01: the inverse of [`days`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Printed(i64);

    impl fmt::Display for Printed {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write(f, self.0)
        }
    }

    #[test]
    fn times_of_every_form_are_read() {
        let known = [
            ("1970-01-01", 0),
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01 00:00", 0),
            ("1970-01-01t00:00:01z", MICROS),
            ("1970-01-01T00:00:00.000001Z", 1),
            ("1970-01-01T00:00:00.1234567", 123_456),
            ("1970-01-01T01:00:00+01:00", 0),
            ("1969-12-31T18:30-05:30", 0),
            ("1969-12-31T23:59:60Z", -1),
            ("2000-02-29", 951_782_400 * MICROS),
            ("2024-02-29T12:00:00Z", 1_709_208_000 * MICROS),
            ("2038-01-19T03:14:08Z", (1 << 31) * MICROS),
            ("0000-01-01", FIRST),
            ("9999-12-31T23:59:59.999999Z", LAST),
        ];
        for (text, at) in known {
            assert_eq!(parse(text), Some(at), "{text}");
            assert_eq!(parse(&Printed(at).to_string()), Some(at), "{text}");
        }
    }

    #[test]
    fn text_that_is_no_time_is_none() {
        let wrong = [
            "",
            "2024",
            "2024-1-01",
            "2024-13-01",
            "2024-00-01",
            "2024-01-32",
            "2023-02-29",
            "1900-02-29",
            "2024-01-01T",
            "2024-01-01T24:00",
            "2024-01-01T10:60",
            "2024-01-01T10:00:61",
            "2024-01-01T10:00:00.",
            "2024-01-01 10",
            "2024-01-01T10:00:00+1",
            "2024-01-01T10:00:00+24:00",
            "2024-01-01T10:00:00Zx",
            " 2024-01-01",
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "２024-01-01",
        ];
        for text in wrong {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_is_one_after_the_day_before_and_is_printed_as_it_is_read() {
        let mut expected = FIRST / DAY;
        for year in 0..=9999 {
            for month in 1..=12 {
                for day in [1, days_of(year, month)] {
                    let at = days(year, month, day);
                    assert_eq!(civil(at), (year, month, day));
                    assert_eq!(at, if day == 1 { expected } else { expected + day - 1 });
                }
                expected += days_of(year, month);
            }
        }
        assert_eq!(expected, (LAST + 1) / DAY);
    }
}

//! Areas of the earth.

use super::cursor::Cursor;
use super::literal::number;
use crate::area::{Area, AreaError, Point};
use crate::error::FilterError;
use crate::value::Value;

type Result<T> = std::result::Result<T, FilterError>;

/// Meters of each unit.
const UNITS: [(&str, f64); 3] = [("m", 1.0), ("km", 1000.0), ("mi", 1609.344)];

/// Reads what stands behind `WITHIN`.
pub(super) fn area(cursor: &mut Cursor<'_>) -> Result<Area> {
    let column = cursor.column();
    let area = if cursor.keyword("BOX") {
        Area::Box { north_west: point(cursor)?, south_east: point(cursor)? }
    } else if cursor.keyword("POLYGON") {
        let exterior = ring(cursor)?;
        let mut holes = Vec::new();
        while cursor.keyword("EXCEPT") {
            holes.push(ring(cursor)?);
        }
        Area::Polygon { exterior, holes }
    } else {
        circle(cursor)?
    };
    area.check().map_err(|error| wrong(column, &error))?;
    Ok(area)
}

fn wrong(column: usize, error: &AreaError) -> FilterError {
    FilterError::at(column, error, error.way_out())
}

fn circle(cursor: &mut Cursor<'_>) -> Result<Area> {
    if number(cursor.rest()).is_none() {
        return Err(cursor.expected("a distance such as 5 km, BOX or POLYGON after WITHIN"));
    }
    let distance = coordinate(cursor)?;
    let unit = UNITS.iter().find(|(unit, _)| cursor.keyword(unit));
    let Some((_, meters)) = unit else { return Err(cursor.expected("a unit: m, km or mi")) };
    cursor.require_word("OF")?;
    Ok(Area::Circle { center: point(cursor)?, radius: distance * meters })
}

/// Points one after the other; a last one that repeats the first adds nothing.
fn ring(cursor: &mut Cursor<'_>) -> Result<Vec<Point>> {
    let first = point(cursor)?;
    let mut points = vec![first];
    while cursor.rest().starts_with('(') {
        points.push(point(cursor)?);
    }
    if points.len() > 3 && points.last() == Some(&first) {
        points.pop();
    }
    Ok(points)
}

fn point(cursor: &mut Cursor<'_>) -> Result<Point> {
    if !cursor.sign("(") {
        return Err(cursor.expected("a point such as (52.5, 13.4), latitude first"));
    }
    let lat_column = cursor.column();
    let lat = coordinate(cursor)?;
    cursor.require(",")?;
    let lon_column = cursor.column();
    let lon = coordinate(cursor)?;
    cursor.require(")")?;
    Point::new(lat, lon).map_err(|error| match error {
        AreaError::Longitude(_) => wrong(lon_column, &error),
        _ => wrong(lat_column, &error),
    })
}

fn coordinate(cursor: &mut Cursor<'_>) -> Result<f64> {
    let (value, length) = number(cursor.rest()).ok_or_else(|| cursor.expected("a number"))?;
    cursor.advance(length);
    match value {
        // Degrees and meters need no exact integers.
        Value::Integer(integer) => Ok(integer as f64),
        Value::Float(float) => Ok(float),
        _ => Err(cursor.expected("a number")),
    }
}

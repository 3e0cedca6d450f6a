//! Areas of the JSON form.

use super::place::{Fields, Place};
use crate::area::{Area, Point};
use crate::error::FilterError;
use serde_json::Value;

type Result<T> = std::result::Result<T, FilterError>;

/// Reads `{"center": point, "radius": meters}`.
pub(super) fn circle(value: &Value, place: &Place<'_>) -> Result<Area> {
    let fields = Fields::of(value, place, &["center", "radius"])?;
    Ok(Area::Circle { center: point(fields, "center")?, radius: fields.number("radius")? })
}

/// Reads `{"top_left": point, "bottom_right": point}`.
pub(super) fn bounding_box(value: &Value, place: &Place<'_>) -> Result<Area> {
    let fields = Fields::of(value, place, &["bottom_right", "top_left"])?;
    Ok(Area::Box { north_west: point(fields, "top_left")?, south_east: point(fields, "bottom_right")? })
}

/// Reads `{"exterior": {"points": [...]}, "interiors": [{"points": [...]}]}`.
pub(super) fn polygon(value: &Value, place: &Place<'_>) -> Result<Area> {
    let fields = Fields::of(value, place, &["exterior", "interiors"])?;
    let exterior = ring(fields.require("exterior")?, &place.field("exterior"))?;
    let interiors_place = place.field("interiors");
    let holes = match fields.get("interiors") {
        None => Vec::new(),
        Some(Value::Array(rings)) => {
            let rings = rings.iter().enumerate();
            rings
                .map(|(at, value)| ring(value, &Place::Element(&interiors_place, at)))
                .collect::<Result<_>>()?
        }
        Some(other) => return Err(interiors_place.expected("a list of rings", other)),
    };
    Ok(Area::Polygon { exterior, holes })
}

/// Points one after the other; a last one that repeats the first adds nothing.
fn ring(value: &Value, place: &Place<'_>) -> Result<Vec<Point>> {
    let fields = Fields::of(value, place, &["points"])?;
    let place = place.field("points");
    let list = fields.require("points")?;
    let Value::Array(points) = list else { return Err(place.expected("a list of points", list)) };
    let points = points.iter().enumerate();
    let mut points =
        points.map(|(at, value)| point_at(value, &Place::Element(&place, at))).collect::<Result<Vec<_>>>()?;
    if points.len() > 3 && points.first() == points.last() {
        points.pop();
    }
    Ok(points)
}

fn point(fields: Fields<'_>, name: &str) -> Result<Point> {
    point_at(fields.require(name)?, &fields.place.field(name))
}

fn point_at(value: &Value, place: &Place<'_>) -> Result<Point> {
    let fields = Fields::of(value, place, &["lat", "lon"])?;
    let (lat, lon) = (fields.number("lat")?, fields.number("lon")?);
    Point::new(lat, lon).map_err(|error| {
        let range = if (-90.0..=90.0).contains(&lat) { "-180..=180" } else { "-90..=90" };
        place.wrong(format!("{error}: it must be in {range}"))
    })
}

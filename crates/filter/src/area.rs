//! Points and areas on the earth.

/// Radius of the sphere that distances are measured on, in meters.
const EARTH_RADIUS: f64 = 6_371_008.8;

/// A place by its degrees north and east.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Degrees north, in -90..=90.
    pub lat: f64,
    /// Degrees east, in -180..=180.
    pub lon: f64,
}

/// A part of the earth's surface, with its border.
#[derive(Debug, Clone, PartialEq)]
pub enum Area {
    /// Places within a distance.
    Circle {
        /// The middle.
        center: Point,
        /// Distance in meters, along the surface of a sphere.
        radius: f64,
    },
    /// Places between two degrees of latitude and two of longitude.
    Box {
        /// North-west corner.
        north_west: Point,
        /// South-east corner. A box whose western border is east of the other crosses 180°.
        south_east: Point,
    },
    /// Places inside a ring and in none of the holes. Edges are straight in degrees and do not cross 180°.
    Polygon {
        /// Corners of the ring, three or more; the last one is joined with the first.
        exterior: Vec<Point>,
        /// Rings that are left out.
        holes: Vec<Vec<Point>>,
    },
}

/// The reason why something is no point or area.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AreaError {
    /// A latitude outside of the earth.
    #[error("latitude {0}")]
    Latitude(f64),
    /// A longitude outside of the earth.
    #[error("longitude {0}")]
    Longitude(f64),
    /// A distance that is none.
    #[error("a radius of {0} m: it must be a number from 0 on")]
    Radius(f64),
    /// Corners in the wrong order.
    #[error("a box whose first corner is south of the second: the north-west corner comes first")]
    Corners,
    /// A ring that holds nothing.
    #[error("a ring of {0} corners: it takes at least 3")]
    Ring(usize),
}

impl AreaError {
    /// The way out, where the message alone does not say it.
    pub(crate) fn way_out(&self) -> &'static str {
        match self {
            Self::Latitude(_) => ": it must be in -90..=90; latitude comes first",
            Self::Longitude(_) => ": it must be in -180..=180; latitude comes first",
            Self::Radius(_) | Self::Corners | Self::Ring(_) => "",
        }
    }
}

impl Point {
    /// A place on the earth.
    ///
    /// # Errors
    /// When a coordinate is outside of its range.
    pub fn new(lat: f64, lon: f64) -> Result<Self, AreaError> {
        match (lat, lon) {
            (lat, _) if !(-90.0..=90.0).contains(&lat) => Err(AreaError::Latitude(lat)),
            (_, lon) if !(-180.0..=180.0).contains(&lon) => Err(AreaError::Longitude(lon)),
            _ => Ok(Self { lat, lon }),
        }
    }

    /// Distance in meters along a sphere, by the haversine formula.
    fn distance(self, other: Self) -> f64 {
        let (from, to) = (self.lat.to_radians(), other.lat.to_radians());
        let lat = ((to - from) / 2.0).sin().powi(2);
        let lon = ((other.lon - self.lon).to_radians() / 2.0).sin().powi(2);
        2.0 * EARTH_RADIUS * (lat + from.cos() * to.cos() * lon).min(1.0).sqrt().asin()
    }
}

impl Area {
    /// Checks every number of an area that was put together by hand.
    pub(crate) fn check(&self) -> Result<(), AreaError> {
        let point = |point: &Point| Point::new(point.lat, point.lon).map(drop);
        match self {
            Self::Circle { center, radius } => {
                point(center)?;
                let is_distance = radius.is_finite() && *radius >= 0.0;
                if is_distance { Ok(()) } else { Err(AreaError::Radius(*radius)) }
            }
            Self::Box { north_west, south_east } => {
                point(north_west)?;
                point(south_east)?;
                if north_west.lat < south_east.lat { Err(AreaError::Corners) } else { Ok(()) }
            }
            Self::Polygon { exterior, holes } => {
                for ring in std::iter::once(exterior).chain(holes) {
                    ring.iter().try_for_each(point)?;
                    if ring.len() < 3 {
                        return Err(AreaError::Ring(ring.len()));
                    }
                }
                Ok(())
            }
        }
    }

    /// Number of points that describe it.
    pub(crate) fn num_points(&self) -> usize {
        match self {
            Self::Circle { .. } => 1,
            Self::Box { .. } => 2,
            Self::Polygon { exterior, holes } => exterior.len() + holes.iter().map(Vec::len).sum::<usize>(),
        }
    }

    /// Returns whether a point lies in it or on its border. Cost: O(corners).
    pub(crate) fn contains(&self, point: Point) -> bool {
        match self {
            Self::Circle { center, radius } => center.distance(point) <= *radius,
            Self::Box { north_west, south_east } => {
                let (west, east) = (north_west.lon, south_east.lon);
                let between = (south_east.lat..=north_west.lat).contains(&point.lat);
                let crosses = west > east;
                between
                    && if crosses {
                        point.lon >= west || point.lon <= east
                    } else {
                        (west..=east).contains(&point.lon)
                    }
            }
            Self::Polygon { exterior, holes } => {
                place(exterior, point) != Place::Outside
                    && holes.iter().all(|hole| place(hole, point) != Place::Inside)
            }
        }
    }
}

#[derive(PartialEq)]
enum Place {
    Inside,
    Border,
    Outside,
}

/// Place of a point relative to a ring: a ray to the east crosses the edges an odd number of times from inside.
fn place(ring: &[Point], point: Point) -> Place {
    let mut is_inside = false;
    for (at, &a) in ring.iter().enumerate() {
        let b = ring[(at + 1) % ring.len()];
        let cross = (b.lon - a.lon) * (point.lat - a.lat) - (b.lat - a.lat) * (point.lon - a.lon);
        let spans = |a: f64, b: f64, x: f64| a.min(b) <= x && x <= a.max(b);
        if cross == 0.0 && spans(a.lon, b.lon, point.lon) && spans(a.lat, b.lat, point.lat) {
            return Place::Border;
        }
        // One end belongs to the edge and the other does not, so that a corner is crossed once.
        if (a.lat > point.lat) != (b.lat > point.lat) && (cross > 0.0) == (b.lat > a.lat) {
            is_inside = !is_inside;
        }
    }
    if is_inside { Place::Inside } else { Place::Outside }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(lat: f64, lon: f64) -> Point {
        Point::new(lat, lon).unwrap()
    }

    #[test]
    fn distances_are_those_of_a_sphere() {
        let (berlin, paris) = (point(52.52, 13.405), point(48.8566, 2.3522));
        assert!((berlin.distance(paris) - 877_464.0).abs() < 1000.0, "{}", berlin.distance(paris));
        // A quarter and a half of a great circle, and across 180°.
        assert!(
            (point(90.0, 0.0).distance(point(0.0, 50.0)) / EARTH_RADIUS - std::f64::consts::FRAC_PI_2).abs()
                < 1e-6
        );
        assert!(
            (point(0.0, 0.0).distance(point(0.0, 180.0)) / EARTH_RADIUS - std::f64::consts::PI).abs() < 1e-6
        );
        assert!((point(0.0, 179.0).distance(point(0.0, -179.0)) - 222_390.0).abs() < 100.0);
        assert!(berlin.distance(berlin) == 0.0);
    }

    #[test]
    fn boxes_may_cross_180_degrees() {
        let fiji = Area::Box { north_west: point(-15.0, 176.0), south_east: point(-20.0, -178.0) };
        for (inside, lat, lon) in
            [(true, -17.0, 179.0), (true, -17.0, -179.0), (false, -17.0, 0.0), (false, 0.0, 179.0)]
        {
            assert_eq!(fiji.contains(point(lat, lon)), inside, "{lat} {lon}");
        }
        let plain = Area::Box { north_west: point(1.0, -1.0), south_east: point(-1.0, 1.0) };
        assert!(plain.contains(point(1.0, 1.0)) && !plain.contains(point(0.0, 1.1)));
    }

    #[test]
    fn a_polygon_leaves_out_its_holes_and_keeps_every_border() {
        let square =
            |half: f64| vec![point(half, -half), point(half, half), point(-half, half), point(-half, -half)];
        let ring = Area::Polygon { exterior: square(10.0), holes: vec![square(5.0)] };
        for (inside, lat, lon) in [
            (true, 7.0, 0.0),
            (true, 0.0, -7.0),
            (true, 10.0, 10.0),
            (true, 0.0, 10.0),
            (true, 5.0, 0.0),
            (false, 0.0, 0.0),
            (false, 4.9, 4.9),
            (false, 10.1, 0.0),
            (false, 0.0, 11.0),
            (false, 0.0, -11.0),
        ] {
            assert_eq!(ring.contains(point(lat, lon)), inside, "{lat} {lon}");
        }
        // A ray through a corner crosses it once; the ring may go either way around.
        let mut diamond = vec![point(2.0, 0.0), point(0.0, 2.0), point(-2.0, 0.0), point(0.0, -2.0)];
        for _ in 0..2 {
            let area = Area::Polygon { exterior: diamond.clone(), holes: vec![] };
            assert!(area.contains(point(0.0, 0.0)) && area.contains(point(0.0, -1.0)));
            assert!(!area.contains(point(0.0, -3.0)) && !area.contains(point(2.0, -1.0)));
            diamond.reverse();
        }
    }
}

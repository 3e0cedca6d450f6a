//! Curves over sizes on logarithmic axes, as plain SVG.

use crate::machine;
use std::fmt::Write as _;

/// One curve.
pub struct Series {
    pub name: String,
    /// Places and values, all above zero.
    pub points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
/// Room for numbers and names, left and below.
const LEFT: f64 = 60.0;
const BELOW: f64 = 40.0;
/// Room for the names of curves.
const RIGHT: f64 = 150.0;
const TOP: f64 = 20.0;
const COLORS: [&str; 6] = ["#1b6ca8", "#c0392b", "#27864a", "#8e44ad", "#b9770e", "#34495e"];

/// An axis from one power of ten to another.
struct Axis {
    least: f64,
    most: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn new(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min).log10().floor();
        let most = values.fold(0.0, f64::max).log10().ceil().max(least + 1.0);
        Self { least, most, from, to }
    }

    fn at(&self, value: f64) -> f64 {
        self.from + (value.log10() - self.least) / (self.most - self.least) * (self.to - self.from)
    }

    fn powers(&self) -> impl Iterator<Item = f64> + use<> {
        (self.least as i32..=self.most as i32).map(|power| 10f64.powi(power))
    }
}

/// Writes `benchmarks/<name>.svg`; nothing where there is no curve.
pub fn write(name: &str, title: &str, series: &[Series]) {
    let points = || series.iter().flat_map(|series| &series.points);
    if points().count() == 0 {
        return;
    }
    let x = Axis::new(points().map(|point| point.0), LEFT, WIDTH - RIGHT);
    let y = Axis::new(points().map(|point| point.1), HEIGHT - BELOW, TOP);
    let path = machine::root().join("benchmarks").join(format!("{name}.svg"));
    std::fs::write(path, drawing(title, series, &x, &y)).expect("a writable folder");
}

fn drawing(title: &str, series: &[Series], x: &Axis, y: &Axis) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"12\">{title}</text>\n"
    );
    let mut line = |x1: f64, y1: f64, x2: f64, y2: f64| {
        // Writing to a String cannot fail.
        writeln!(svg, "<path d=\"M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}\" stroke=\"#ccc\"/>")
            .expect("a String takes all");
    };
    x.powers().for_each(|power| line(x.at(power), y.from, x.at(power), y.to));
    y.powers().for_each(|power| line(x.from, y.at(power), x.to, y.at(power)));
    for power in x.powers() {
        let (x, y) = (x.at(power), y.from + 16.0);
        svg += &format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{power}</text>\n");
    }
    for power in y.powers() {
        let (x, y) = (x.from - 6.0, y.at(power) + 4.0);
        svg += &format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{power}</text>\n");
    }
    for (at, (series, color)) in series.iter().zip(COLORS.iter().cycle()).enumerate() {
        let points: Vec<String> =
            series.points.iter().map(|(px, py)| format!("{:.1},{:.1}", x.at(*px), y.at(*py))).collect();
        let (points, name_x, name_y) = (points.join(" "), x.to + 12.0, TOP + 16.0 * (at as f64 + 1.0));
        svg +=
            &format!("<polyline points=\"{points}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>\n");
        svg +=
            &format!("<text x=\"{name_x:.1}\" y=\"{name_y:.1}\" fill=\"{color}\">{}</text>\n", series.name);
    }
    svg + "</svg>\n"
}

use super::panels::{Found, Panels, Spread, collect};
use super::seeds::same;

/// Tasks into which the centroids of a round are split.
const MEAN_TASKS: usize = 16;

/// Moves each row to its nearest centroid and each centroid to the mean of its rows, until nothing moves or the rounds are
/// over. `finish` turns means into centroids. Returns the centroids and the number of each row's.
pub(super) fn lloyd(
    panels: &Panels,
    rows: &[f32],
    mut centroids: Vec<f32>,
    num_rounds: usize,
    finish: &(dyn Fn(&mut [f32]) + Sync),
    spread: Spread<'_>,
) -> (Vec<f32>, Vec<u32>) {
    let mut clusters = vec![0; panels.num_rows()];
    for round in 0..num_rounds {
        let found = panels.find(&centroids, spread);
        let moved = found.iter().zip(&clusters).any(|((centroid, _), cluster)| centroid != cluster);
        clusters.iter_mut().zip(&found).for_each(|(cluster, (centroid, _))| *cluster = *centroid);
        let num_centroids = centroids.len() / panels.dim();
        let moved = restart_empty(&mut clusters, panels.squares(), &found, num_centroids) || moved;
        if round > 0 && !moved {
            break;
        }
        move_centroids(rows, panels.dim(), &clusters, &mut centroids, finish, spread);
    }
    (centroids, clusters)
}

/// Gives each empty cluster the row farthest from its centroid, taken from a cluster of several; the first of equals.
/// Returns whether a row moved.
fn restart_empty(clusters: &mut [u32], squares: &[f32], found: &[Found], num_centroids: usize) -> bool {
    let mut sizes = vec![0u32; num_centroids];
    clusters.iter().for_each(|&cluster| sizes[cluster as usize] += 1);
    let mut empty =
        (0..num_centroids).filter(|&centroid| sizes[centroid] == 0).collect::<Vec<_>>().into_iter();
    if empty.len() == 0 {
        return false;
    }
    let same = same(squares);
    let distance = |row: usize| squares[row] - 2.0 * found[row].1;
    let mut farthest: Vec<usize> = (0..clusters.len()).filter(|&row| distance(row) > same).collect();
    farthest.sort_by(|&a, &b| distance(b).total_cmp(&distance(a)));
    let mut moved = false;
    for row in farthest {
        let from = &mut sizes[clusters[row] as usize];
        if *from < 2 {
            continue;
        }
        let Some(centroid) = empty.next() else { break };
        *from -= 1;
        clusters[row] = centroid as u32;
        moved = true;
    }
    moved
}

/// Centroids become the means of their rows; one without rows stays where it is. Each adds its rows up in their order.
fn move_centroids(
    rows: &[f32],
    dim: usize,
    clusters: &[u32],
    centroids: &mut Vec<f32>,
    finish: &(dyn Fn(&mut [f32]) + Sync),
    spread: Spread<'_>,
) {
    let num_centroids = centroids.len() / dim;
    let num_tasks = if rows.len() < 1 << 16 { 1 } else { MEAN_TASKS };
    let edge = |task: usize| num_centroids * task / num_tasks;
    let means = |task: usize| {
        let range = edge(task)..edge(task + 1);
        let mut means = centroids[range.start * dim..range.end * dim].to_vec();
        let mut sizes = vec![0u32; range.len()];
        for (row, &cluster) in rows.chunks_exact(dim).zip(clusters) {
            if range.contains(&(cluster as usize)) {
                let at = cluster as usize - range.start;
                add(&mut means[at * dim..][..dim], row, sizes[at] == 0);
                sizes[at] += 1;
            }
        }
        for (mean, &size) in means.chunks_exact_mut(dim).zip(&sizes) {
            if size > 1 {
                mean.iter_mut().for_each(|value| *value /= size as f32);
            }
            finish(mean);
        }
        means
    };
    *centroids = collect(num_tasks, &means, spread).concat();
}

fn add(sum: &mut [f32], row: &[f32], is_first: bool) {
    if is_first {
        sum.copy_from_slice(row);
    } else {
        sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of unit length at these squared distances.
    fn at(distances: &[f32]) -> (Vec<f32>, Vec<Found>) {
        (vec![1.0; distances.len()], distances.iter().map(|square| (0, 0.5 - 0.5 * square)).collect())
    }

    #[test]
    fn an_empty_cluster_takes_the_first_of_the_farthest() {
        let mut clusters = [0, 0, 0, 2, 0];
        let (squares, found) = at(&[0.125, 0.5, 0.5, 9.0, 0.25]);
        assert!(restart_empty(&mut clusters, &squares, &found, 3));
        assert_eq!(clusters, [0, 1, 0, 2, 0], "row 3 is alone in its cluster and stays");
        assert!(!restart_empty(&mut clusters, &squares, &found, 3), "none is empty any more");
    }

    #[test]
    fn repetitions_do_not_fill_an_empty_cluster() {
        let mut clusters = [0, 0, 0];
        let (squares, found) = at(&[0.0, 1e-7, -1e-7]);
        assert!(!restart_empty(&mut clusters, &squares, &found, 2));
        assert_eq!(clusters, [0, 0, 0]);
    }
}

use super::seeds::SAME;
use pleiad_kernels::{Isa, QueryPanel, dot};

/// Rounds of Lloyd. Documents of a hundred tokens settle in five to eight.
const NUM_ROUNDS: usize = 10;

/// Moves each row to its nearest centre and each centre to the mean of its rows, until nothing moves.
///
/// The nearest centre is the one with the largest `⟨x, c⟩ − |c|²/2`: with a 1 behind each row and `−|c|²/2` behind
/// each centre that is an inner product, and the best of many is what MaxSim kernels find.
pub(super) fn lloyd(isa: Isa, rows: &[f32], dim: usize, mut centres: Vec<f32>, clusters: &mut [u32]) {
    let panel = QueryPanel::new(isa, &extended(rows, dim, |_| 1.0), dim + 1);
    let mut found = vec![(0, 0.0); clusters.len()];
    for round in 0..NUM_ROUNDS {
        panel.matches(&extended(&centres, dim, |centre| -0.5 * dot(isa, centre, centre)), &mut found);
        let moved = found.iter().zip(&*clusters).any(|((centre, _), cluster)| centre != cluster);
        clusters.iter_mut().zip(&found).for_each(|(cluster, (centre, _))| *cluster = *centre);
        let num_centres = centres.len() / dim;
        let squares =
            rows.chunks_exact(dim).zip(&found).map(|(row, (_, gain))| dot(isa, row, row) - 2.0 * gain);
        let moved = restart_empty(clusters, &squares.collect::<Vec<f32>>(), num_centres) || moved;
        if round > 0 && !moved {
            break;
        }
        means(rows, dim, clusters, &mut centres);
    }
}

fn extended(rows: &[f32], dim: usize, last: impl Fn(&[f32]) -> f32) -> Vec<f32> {
    rows.chunks_exact(dim).flat_map(|row| row.iter().copied().chain([last(row)])).collect()
}

/// Gives each empty cluster the row farthest from its centre, taken from a cluster of several; the first of equals.
/// `squares[i]` is row `i`'s squared distance. Returns whether a row moved.
fn restart_empty(clusters: &mut [u32], squares: &[f32], num_centres: usize) -> bool {
    let mut sizes = vec![0u32; num_centres];
    clusters.iter().for_each(|&cluster| sizes[cluster as usize] += 1);
    let mut moved = false;
    for empty in 0..num_centres {
        if sizes[empty] > 0 {
            continue;
        }
        let spare = |row: &usize| sizes[clusters[*row] as usize] > 1 && squares[*row] >= SAME;
        let farthest =
            (0..clusters.len()).rev().filter(spare).max_by(|&a, &b| squares[a].total_cmp(&squares[b]));
        if let Some(row) = farthest {
            sizes[clusters[row] as usize] -= 1;
            sizes[empty] = 1;
            clusters[row] = empty as u32;
            moved = true;
        }
    }
    moved
}

/// Centres become the means of their rows; one without rows stays where it is.
fn means(rows: &[f32], dim: usize, clusters: &[u32], centres: &mut [f32]) {
    let mut sizes = vec![0u32; centres.len() / dim];
    for (row, &cluster) in rows.chunks_exact(dim).zip(clusters) {
        let centre = &mut centres[cluster as usize * dim..][..dim];
        if sizes[cluster as usize] == 0 {
            centre.copy_from_slice(row);
        } else {
            centre.iter_mut().zip(row).for_each(|(c, v)| *c += v);
        }
        sizes[cluster as usize] += 1;
    }
    for (centre, &size) in centres.chunks_exact_mut(dim).zip(&sizes) {
        if size > 1 {
            centre.iter_mut().for_each(|c| *c /= size as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_cluster_takes_the_first_of_the_farthest() {
        let mut clusters = [0, 0, 0, 2, 0];
        assert!(restart_empty(&mut clusters, &[0.1, 0.5, 0.5, 9.0, 0.2], 3));
        assert_eq!(clusters, [0, 1, 0, 2, 0], "row 3 is alone in its cluster and stays");
        assert!(!restart_empty(&mut clusters, &[0.1, 0.0, 0.5, 9.0, 0.2], 3), "none is empty any more");
    }

    #[test]
    fn repetitions_do_not_fill_an_empty_cluster() {
        let mut clusters = [0, 0, 0];
        assert!(!restart_empty(&mut clusters, &[0.0, 1e-7, -1e-7], 2));
        assert_eq!(clusters, [0, 0, 0]);
    }
}

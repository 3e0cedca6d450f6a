use super::chain::Merge;

/// Applies the lowest merges until `num_kept` clusters are left. Merges of one height apply in the order in which
/// they were found; scipy's `maxclust` applies all of them, which keeps fewer clusters than were asked for.
pub(super) fn cut(merges: &mut [Merge], num_kept: usize, clusters: &mut [u32]) {
    merges.sort_by(|a, b| a.square.total_cmp(&b.square));
    for (token, cluster) in clusters.iter_mut().enumerate() {
        *cluster = token as u32;
    }
    for merge in &merges[..clusters.len() - num_kept] {
        let (a, b) = (root(clusters, merge.kept), root(clusters, merge.merged));
        clusters[a.max(b)] = a.min(b) as u32;
    }
    // Parents come before children.
    for token in 0..clusters.len() {
        clusters[token] = clusters[clusters[token] as usize];
    }
}

fn root(parents: &mut [u32], mut token: usize) -> usize {
    while parents[token] as usize != token {
        parents[token] = parents[parents[token] as usize];
        token = parents[token] as usize;
    }
    token
}

use super::PostingsError;

/// The centroids that lie best for each token of a query, and what they add to the score of a row.
#[derive(Debug, Clone)]
pub struct Probes {
    num_centroids: u32,
    /// The end of the probes of each query token.
    ends: Vec<usize>,
    /// The centroid, and how much its score is above the one imputed; the best first.
    probes: Vec<(u32, f32)>,
}

impl Probes {
    /// Chooses the best `num_probes` centroids of each query token; the first of equals.
    ///
    /// `scores` is row-major `[num_query_tokens, num_centroids]`: the larger, the better a document token near the
    /// centroid answers the query token. To a row that meets none of its probes a token gives the score of the best
    /// centroid that was not probed: no row near another one can have more. Cost: one pass over the scores.
    ///
    /// # Errors
    /// [`PostingsError::Score`] when one that counts is not finite.
    ///
    /// # Panics
    /// When `scores` does not hold whole rows.
    pub fn choose(scores: &[f32], num_centroids: u32, num_probes: usize) -> Result<Self, PostingsError> {
        let mut probes = Self { num_centroids, ends: Vec::new(), probes: Vec::new() };
        if num_centroids == 0 {
            return Ok(probes);
        }
        let rows = scores.chunks_exact(num_centroids as usize);
        assert!(rows.remainder().is_empty(), "a score for each query token and centroid");
        let mut best: Vec<(f32, u32)> = Vec::with_capacity(num_probes + 2);
        for (token, row) in rows.enumerate() {
            keep_best(row, num_probes + 1, &mut best);
            if best.is_empty() || best.iter().any(|(score, _)| !score.is_finite()) {
                return Err(PostingsError::Score { token });
            }
            let imputed = best[best.len() - 1].0;
            let probed = best.iter().take(num_probes);
            probes.probes.extend(probed.map(|&(score, centroid)| (centroid, score - imputed)));
            probes.ends.push(probes.probes.len());
        }
        Ok(probes)
    }

    /// Centroids that they were chosen among.
    pub fn num_centroids(&self) -> u32 {
        self.num_centroids
    }

    /// Centroids probed, by all query tokens together.
    pub fn num_probes(&self) -> usize {
        self.probes.len()
    }

    /// The probes of each query token in turn, the best first.
    pub(super) fn tokens(&self) -> impl Iterator<Item = &[(u32, f32)]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.probes[start..end])
    }
}

/// The `num` largest of a row and where they stand, in order. NaN is not among them.
fn keep_best(row: &[f32], num: usize, best: &mut Vec<(f32, u32)>) {
    best.clear();
    let mut least = f32::NEG_INFINITY;
    for (at, &score) in (0..).zip(row) {
        // One comparison turns nearly all away.
        if score > least || (best.len() < num && score == least) {
            let place = best.partition_point(|kept| kept.0 >= score);
            best.insert(place, (score, at));
            best.truncate(num);
            if best.len() == num {
                least = best[num - 1].0;
            }
        }
    }
}

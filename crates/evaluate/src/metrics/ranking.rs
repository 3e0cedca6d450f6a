use crate::Judgments;

/// Gain of a document: its grade, where it is relevant.
fn gain(grade: i32) -> f64 {
    f64::from(grade.max(0))
}

fn is_relevant(judgments: &Judgments, document: &str) -> bool {
    judgments.get(document).is_some_and(|&grade| grade > 0)
}

fn num_relevant(judgments: &Judgments) -> usize {
    judgments.values().filter(|&&grade| grade > 0).count()
}

fn num_hits<S: AsRef<str>>(ranking: &[S], judgments: &Judgments, k: usize) -> usize {
    ranking.iter().take(k).filter(|document| is_relevant(judgments, document.as_ref())).count()
}

/// `hits / of`, or 0 where nothing could be hit.
fn share(hits: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { hits as f64 / of as f64 }
}

/// Σ gain / log2(rank + 1), ranks from 1.
fn discounted(gains: impl Iterator<Item = f64>) -> f64 {
    gains.enumerate().map(|(at, gain)| gain / (at as f64 + 2.0).log2()).sum()
}

/// nDCG@k (Järvelin and Kekäläinen, ACM TOIS 20(4), 2002; trec_eval's `ndcg_cut`): the grade is the gain, the
/// discount log2(rank + 1), the ideal is the best order of all judged documents cut at `k`. 0 without a relevant one.
pub fn ndcg<S: AsRef<str>>(ranking: &[S], judgments: &Judgments, k: usize) -> f64 {
    let found =
        ranking.iter().take(k).map(|document| judgments.get(document.as_ref()).map_or(0.0, |&g| gain(g)));
    let mut best: Vec<i32> = judgments.values().copied().collect();
    best.sort_unstable_by(|a, b| b.cmp(a));
    let ideal = discounted(best.into_iter().take(k).map(gain));
    if ideal > 0.0 { discounted(found) / ideal } else { 0.0 }
}

/// Recall@k: relevant documents among the first `k`, of all relevant ones. 0 without a relevant one.
pub fn recall<S: AsRef<str>>(ranking: &[S], judgments: &Judgments, k: usize) -> f64 {
    share(num_hits(ranking, judgments, k), num_relevant(judgments))
}

/// Precision@k: relevant documents among the first `k`, of `k`, even when fewer were returned.
pub fn precision<S: AsRef<str>>(ranking: &[S], judgments: &Judgments, k: usize) -> f64 {
    share(num_hits(ranking, judgments, k), k)
}

/// Success@k: 1 where a relevant document is among the first `k`, else 0.
pub fn success<S: AsRef<str>>(ranking: &[S], judgments: &Judgments, k: usize) -> f64 {
    if num_hits(ranking, judgments, k) > 0 { 1.0 } else { 0.0 }
}

/// MRR@k of one query: 1 / rank of the first relevant document among the first `k`, else 0.
pub fn reciprocal_rank<S: AsRef<str>>(ranking: &[S], judgments: &Judgments, k: usize) -> f64 {
    let first = ranking.iter().take(k).position(|document| is_relevant(judgments, document.as_ref()));
    first.map_or(0.0, |at| 1.0 / (at as f64 + 1.0))
}

/// Average precision over the whole ranking: the precision at each relevant document, summed, over the number of
/// relevant ones; its mean over queries is MAP. 0 without a relevant one.
pub fn average_precision<S: AsRef<str>>(ranking: &[S], judgments: &Judgments) -> f64 {
    let (mut hits, mut sum) = (0, 0.0);
    for (at, document) in ranking.iter().enumerate() {
        if is_relevant(judgments, document.as_ref()) {
            hits += 1;
            sum += f64::from(hits) / (at as f64 + 1.0);
        }
    }
    let of = num_relevant(judgments);
    if of == 0 { 0.0 } else { sum / of as f64 }
}

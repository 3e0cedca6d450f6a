//! The queue on threads and locks that try every order in which threads may run (as far as two preemptions lead).

use loom::thread;
use queue::Queue;
use std::sync::Arc;

mod sync {
    pub(super) use loom::sync::{Condvar, Mutex, MutexGuard};
}

#[path = "queue.rs"]
mod queue;

fn every_order(check: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(check);
}

/// Three threads hand in a request each, one of them two; a group has at most `most`.
fn submit_from_three_threads(most: usize) {
    let queue = Arc::new(Queue::new());
    let submit = move |queue: &Queue<u32, u32>, request: u32| {
        let fits = |before: &[u32], _: &u32| before.len() < most;
        let answer = queue.submit(request, fits, |group| {
            assert!(!group.is_empty() && group.len() <= most);
            group.into_iter().map(|request| request + 10).collect()
        });
        assert_eq!(answer, Some(request + 10));
    };
    let start = |request| {
        let queue = Arc::clone(&queue);
        thread::spawn(move || submit(&queue, request))
    };
    let threads = [start(1), start(2)];
    submit(&queue, 0);
    submit(&queue, 3);
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn in_no_order_is_a_request_lost_or_a_thread_left_waiting() {
    every_order(|| submit_from_three_threads(3));
}

#[test]
fn nor_when_a_leader_does_not_take_its_own_request() {
    every_order(|| submit_from_three_threads(1));
}

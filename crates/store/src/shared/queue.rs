//! Requests of many threads, worked on together by whichever of them comes first.

use super::sync::{Condvar, Mutex, MutexGuard};
use std::collections::{HashMap, VecDeque};

/// Threads hand in requests. The first becomes the *leader*: it takes what has gathered, works on it and hands out the
/// answers; meanwhile others gather, and one of them leads next. Nobody waits for more to come.
#[derive(Debug)]
pub(super) struct Queue<T, R> {
    state: Mutex<State<T, R>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T, R> {
    next_ticket: u64,
    /// With their tickets, in order of arrival.
    waiting: VecDeque<(u64, T)>,
    /// `None` when the leader did not come to an end.
    answers: HashMap<u64, Option<R>>,
    has_leader: bool,
}

/// Ends the leadership, also when the work panics: those who wait for an answer are told that there is none.
struct Leader<'a, T, R> {
    queue: &'a Queue<T, R>,
    tickets: Vec<u64>,
    answers: Vec<R>,
}

impl<T, R> Drop for Leader<'_, T, R> {
    fn drop(&mut self) {
        let mut answers = std::mem::take(&mut self.answers).into_iter();
        let mut state = self.queue.held();
        for ticket in &self.tickets {
            state.answers.insert(*ticket, answers.next());
        }
        state.has_leader = false;
        drop(state);
        self.queue.changed.notify_all();
    }
}

impl<T, R> Queue<T, R> {
    pub(super) fn new() -> Self {
        let (waiting, answers) = (VecDeque::new(), HashMap::new());
        let state = State { next_ticket: 0, waiting, answers, has_leader: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Hands in a request and waits for its answer. `fits` says whether the request is taken with those before it; the
    /// first always is. `work` gets requests in the order in which they came, one call at a time, and gives as many
    /// answers. `None` when the thread that worked on this one panicked.
    pub(super) fn submit(
        &self,
        request: T,
        mut fits: impl FnMut(&[T], &T) -> bool,
        mut work: impl FnMut(Vec<T>) -> Vec<R>,
    ) -> Option<R> {
        let mut state = self.held();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        state.waiting.push_back((ticket, request));
        loop {
            if let Some(answer) = state.answers.remove(&ticket) {
                return answer;
            }
            if state.has_leader {
                state = self.changed.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
                continue;
            }
            state.has_leader = true;
            let (tickets, requests) = state.take_group(&mut fits);
            drop(state);
            let mut leader = Leader { queue: self, tickets, answers: Vec::new() };
            leader.answers = work(requests);
            drop(leader);
            state = self.held();
        }
    }

    /// A panic of another thread leaves the state whole: it is changed in single steps.
    fn held(&self) -> MutexGuard<'_, State<T, R>> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl<T, R> State<T, R> {
    fn take_group(&mut self, fits: &mut impl FnMut(&[T], &T) -> bool) -> (Vec<u64>, Vec<T>) {
        let (mut tickets, mut requests) = (Vec::new(), Vec::new());
        while let Some((_, next)) = self.waiting.front() {
            if !requests.is_empty() && !fits(&requests, next) {
                break;
            }
            let Some((ticket, request)) = self.waiting.pop_front() else { break };
            tickets.push(ticket);
            requests.push(request);
        }
        (tickets, requests)
    }
}

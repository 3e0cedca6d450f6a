use super::queue::Queue;
use super::{Durability, SharedWriter};
use crate::testing::{FaultyBackend, Loss};
use crate::{Column, Layout, Operation, Options, Store, StoreError, StoreWriter};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

fn create(durability: Durability) -> (FaultyBackend, SharedWriter) {
    let folder = FaultyBackend::new();
    let column = Column { name: "text".into(), width: None };
    Store::create(&folder, Layout::new(vec![column], vec![]).unwrap()).unwrap();
    let writer = StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap();
    (folder, SharedWriter::new(writer, durability).unwrap())
}

fn upsert(key: &str) -> Vec<Operation> {
    vec![Operation::Upsert { key: key.into(), columns: vec![key.as_bytes().to_vec()] }]
}

fn documents_after_a_cut(folder: &FaultyBackend, loss: Loss) -> u64 {
    let image = folder.image(folder.num_events(), loss);
    Store::open(Arc::new(image)).unwrap().view().unwrap().num_documents()
}

#[test]
fn every_request_is_answered_with_its_own_answer() {
    let queue = Queue::new();
    let (num_groups, num_at_work) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for thread in 0..8u64 {
            let (queue, num_groups, num_at_work) = (&queue, &num_groups, &num_at_work);
            scope.spawn(move || {
                for round in 0..200 {
                    let request = thread * 1000 + round;
                    let answer = queue.submit(
                        request,
                        |before: &[u64], _| before.len() < 3,
                        |group| {
                            assert_eq!(num_at_work.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
                            assert!((1..=3).contains(&group.len()));
                            thread::yield_now();
                            num_groups.fetch_add(1, Ordering::SeqCst);
                            num_at_work.fetch_sub(1, Ordering::SeqCst);
                            group.into_iter().map(|request| request * 2).collect()
                        },
                    );
                    assert_eq!(answer, Some(request * 2));
                }
            });
        }
    });
    assert!(num_groups.into_inner() <= 1600);
}

#[test]
fn a_panic_of_the_leader_reaches_those_who_wait_and_no_one_else() {
    let queue = Arc::new(Queue::<u32, u32>::new());
    let own = Arc::clone(&queue);
    let panicked = thread::spawn(move || own.submit(1, |_, _| true, |_| panic!("as the test wants")));
    assert!(panicked.join().is_err());
    assert_eq!(queue.submit(2, |_, _| true, |group| group), Some(2));
}

#[test]
fn threads_share_frames_and_each_gets_its_own_outcome() {
    let (folder, writer) = create(Durability::Sync);
    thread::scope(|scope| {
        for thread in 0..6 {
            let writer = &writer;
            scope.spawn(move || {
                for round in 0..30 {
                    let done = writer.commit(upsert(&format!("{thread}-{round}"))).unwrap();
                    assert_eq!((done.num_upserted, done.num_replaced), (1, 0));
                    let refused = writer.commit(vec![Operation::Delete { key: String::new() }]);
                    assert!(matches!(refused, Err(StoreError::Limit { .. })), "{refused:?}");
                }
            });
        }
    });
    assert_eq!(writer.view().num_documents(), 180);
    assert!(writer.view().sequence() <= 180);
    assert_eq!(documents_after_a_cut(&folder, Loss::Everything), 180);
    writer.close().unwrap();
    assert!(matches!(writer.commit(upsert("late")), Err(StoreError::Poisoned { .. })));
    assert!(matches!(writer.close(), Err(StoreError::Poisoned { .. })));
}

#[test]
fn each_level_keeps_its_promise() {
    for durability in [Durability::Sync, Durability::Group(1), Durability::None] {
        let (folder, writer) = create(durability);
        writer.commit(upsert("a")).unwrap();
        writer.commit(upsert("b")).unwrap();
        assert_eq!(documents_after_a_cut(&folder, Loss::Nothing), 2, "a killed process loses nothing");
        match durability {
            Durability::Sync => assert_eq!(documents_after_a_cut(&folder, Loss::Everything), 2),
            // It comes by itself; how soon is the machine's affair.
            Durability::Group(_) => {
                while documents_after_a_cut(&folder, Loss::Everything) < 2 {
                    thread::sleep(Duration::from_millis(1));
                }
            }
            Durability::None => {
                assert_eq!(documents_after_a_cut(&folder, Loss::Everything), 0);
                writer.with(StoreWriter::sync).unwrap();
                assert_eq!(documents_after_a_cut(&folder, Loss::Everything), 2);
                writer.commit(upsert("c")).unwrap();
                writer.with(StoreWriter::flush).unwrap();
                assert_eq!(documents_after_a_cut(&folder, Loss::Everything), 3);
            }
        }
    }
}

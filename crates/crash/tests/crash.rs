//! The kill test and the soak, each a short run.

use std::process::Command;

/// Kills writers of this durability and expects that nothing acknowledged is lost.
#[track_caller]
fn survives(num_kills: u64, durability: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_pleiad-crash"))
        .args(["--rounds", &num_kills.to_string(), "--seed", "7", "--durability", durability])
        .output()
        .expect("the program starts");
    let (table, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{table}{errors}");
    let figure = |name: &str| -> u64 {
        let line =
            table.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name}: {table}"));
        line.split_whitespace().next_back().unwrap().parse().unwrap()
    };
    assert_eq!(figure("kills"), num_kills);
    // A test in which the child never wrote anything would prove nothing.
    assert!(figure("acknowledged batches") > num_kills, "{table}");
    assert!(figure("views") > 0, "{table}");
    assert_eq!(
        figure("lost") + figure("mixed") + figure("unreadable") + figure("torn") + figure("findings"),
        0
    );
}

#[test]
fn a_killed_writer_loses_nothing_that_it_acknowledged() {
    survives(15, "sync");
}

#[test]
fn nor_do_those_that_acknowledge_before_the_sync() {
    survives(6, "group:5");
    survives(6, "none");
}

#[test]
fn threads_that_write_and_search_meet_what_the_model_says() {
    let output = Command::new(env!("CARGO_BIN_EXE_pleiad-crash"))
        .args(["soak", "--minutes", "0.05"])
        .output()
        .expect("the program starts");
    let (table, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{table}{errors}");
    assert!(table.contains("searches, each compared"), "{table}");
}

//! The benchmark of the calls still runs: every program of this workspace, a handful of calls each. Nothing is judged here.

use std::process::Command;

/// The program fails by itself when a call fails, or when the stub saw another number of creates than was asked for.
#[test]
fn every_work_has_a_figure_of_ours_and_of_its_floor() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_calls")).args(["--quick", "--rounds", "1"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    // The medians: reqwest, hyper, ours.
    for (work, hyper) in [
        ("tls-cpu, ns/call", false),
        ("tls-rate, calls/s", false),
        ("http-cpu, ns/call", true),
        ("allocations, 1/call", false),
        ("connections", false),
        ("far-time, us/call", false),
        ("start-cpu, us", false),
    ] {
        let line = said.lines().find_map(|line| line.strip_prefix(work)).expect(work);
        let columns: Vec<_> = line.split_whitespace().map(|column| column.parse::<u64>().ok()).collect();
        assert!(matches!(columns[..], [Some(1..), _, Some(1..)]), "{work}: {line}");
        assert_eq!(columns[1].is_some(), hyper, "{work}: {line}");
    }

    // Every goal has its ratio, missed or not: this machine is busy with other tests.
    let goals: Vec<_> = said.lines().filter(|line| line.contains("<=") || line.contains(">=")).collect();
    assert_eq!(goals.len(), 7, "{said}");
    for line in goals {
        let ratio = line.split_whitespace().nth(1).and_then(|ratio| ratio.parse::<f64>().ok());
        assert!(ratio.is_some(), "{line}");
    }
}

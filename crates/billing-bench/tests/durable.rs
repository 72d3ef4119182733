//! The durable benchmark still runs: everything once, and little of it. Nothing here is about time.

use billing_bench::durable::{self, Plan};

#[tokio::test(flavor = "multi_thread")]
async fn every_row_is_printed_and_every_step_asked_for_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let report = durable::run(&Plan::smoke(), folder.path()).await.unwrap();

    let printed = report.to_string();
    let rows: Vec<&str> = printed.lines().filter(|line| line.starts_with("row\t")).collect();
    for name in [
        "send-step/",
        "hand-over-step/",
        "send-request/",
        "newest-50/",
        "100-longest-due/",
        "100-oldest-open/",
    ] {
        assert!(rows.iter().any(|row| row.contains(name)), "{name} is missing:\n{printed}");
    }
    for row in rows {
        let columns: Vec<&str> = row.split('\t').collect();
        let [_, _, ratio, _] = columns[..] else { panic!("not four columns: {row}") };
        assert!(ratio.parse::<f64>().is_ok_and(f64::is_finite), "{row}");
    }

    assert!(report.steps_asked > 0);
    assert_eq!(report.steps_found, report.steps_asked);
}

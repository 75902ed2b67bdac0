//! The ledger forgets nothing, and knows a file that is not its own.

use super::*;

fn written(customer: u32, sequence: u64) -> Written {
    let wamid = format!("wamid.{customer}.{sequence}");
    Written { customer, sequence, wamid, at_us: 5, text: "#1 olá".to_owned(), content: None }
}

fn accepted(message: &str) -> Accepted {
    Accepted {
        wamid: "wamid.out".to_owned(),
        message: Some(message.to_owned()),
        to: "5511900000001".to_owned(),
        customer: Some(1),
        kind: "text".to_owned(),
        text: "oi".to_owned(),
        reply_to: None,
        plan: vec![Planned::Sent, Planned::Failed(131_026)],
        answered: "ok".to_owned(),
        at_us: 9,
    }
}

#[test]
fn a_ledger_that_is_taken_up_again_knows_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.jsonl");
    let mut ledger = Ledger::open(&path, 1).unwrap();
    ledger.write(written(1, 1)).unwrap();
    let second = ledger.write(written(1, 2)).unwrap();
    ledger.attempt(&[1, second], false, 6).unwrap();
    ledger.acknowledge(&[second], 7).unwrap();
    ledger.attempt(&[second], true, 8).unwrap();
    let out = ledger.accept(accepted("m1")).unwrap();
    ledger.accept(accepted("m1")).unwrap();
    ledger.acknowledge_status(out, Planned::Failed(131_026), 10).unwrap();
    drop(ledger);

    let again = Ledger::open(&path, 11).unwrap();
    assert_eq!(again.written_by(1), 2);
    assert_eq!(again.inbound()[0].acknowledged_at_us, None);
    assert_eq!((again.inbound()[1].acknowledged_at_us, again.inbound()[1].duplicates), (Some(7), 1));
    assert_eq!(again.outbound()[0].statuses.len(), 1);
    let sums = again.sums();
    assert_eq!((sums.inbound.written, sums.inbound.acknowledged, sums.inbound.attempts), (2, 1, 3));
    assert_eq!((sums.outbound.accepted, sums.outbound.distinct, sums.outbound.repeated), (2, 1, 1));
}

#[test]
fn a_line_torn_by_a_crash_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.jsonl");
    Ledger::open(&path, 1).unwrap().write(written(1, 1)).unwrap();
    let mut torn = std::fs::read(&path).unwrap();
    torn.extend_from_slice(br#"{"line":"written","text":"ol"#);
    torn.push("á".as_bytes()[0]);
    std::fs::write(&path, torn).unwrap();
    let mut ledger = Ledger::open(&path, 2).unwrap();
    ledger.write(written(1, 2)).unwrap();
    drop(ledger);
    assert_eq!(Ledger::open(&path, 3).unwrap().written_by(1), 2);
}

#[test]
fn a_ledger_has_one_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.jsonl");
    let first = Ledger::open(&path, 1).unwrap();
    assert!(Ledger::open(&path, 2).is_err());
    drop(first);
    assert!(Ledger::open(&path, 3).is_ok());
}

#[test]
fn a_file_that_is_no_ledger_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("diary.txt");
    std::fs::write(&path, "dear diary\n").unwrap();
    assert!(Ledger::open(&path, 1).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "dear diary\n");
}

//! Who waits, who is refused, and who is not held up, on a clock of the test's own.

use super::*;

const NOON: Timestamp = Timestamp::from_seconds(1_800_000_000);
const ANA: Account = [1; 32];

fn network(n: u8) -> Network {
    Network::of(std::net::Ipv4Addr::new(198, 51, n, 1).into())
}

fn from(n: u8) -> Attempt {
    Attempt { account: ANA, network: Some(network(n)), device: None, known: false }
}

fn seconds(n: i64) -> Timestamp {
    NOON.plus(Span::seconds(n))
}

impl Throttle {
    /// A guess that fails; how long it had to wait.
    fn guess(&self, attempt: Attempt, now: Timestamp) -> Result<Span, u32> {
        self.attempt(attempt, now).map(|turn| turn.wait)
    }
}

const AT_ONCE: Result<Span, u32> = Ok(Span(0));

#[test]
fn after_ten_failures_from_one_network_strangers_are_refused_there_until_the_first_is_ten_minutes_old() {
    let throttle = Throttle::default();
    for second in 0..10 {
        throttle.guess(from(1), seconds(second)).unwrap();
    }
    assert_eq!(throttle.guess(from(1), seconds(60)), Err(541));
    let other = Attempt { account: [2; 32], ..from(1) };
    assert!(throttle.guess(other, NOON).is_ok(), "others are not held up");
    assert!(throttle.guess(from(1), NOON.plus(Span::minutes(10))).is_ok());
}

#[test]
fn whoever_was_here_before_waits_for_longer_and_longer_and_is_never_refused() {
    let here = Attempt { known: true, ..from(1) };
    for known in [here, Attempt { device: Some(Uuid::from_u128(7)), ..here }] {
        let (throttle, mut now, mut waits) = (Throttle::default(), NOON, Vec::new());
        for _ in 0..40 {
            // One after the other, each as soon as it may.
            let wait = throttle.guess(known, now).expect("the next one may be right");
            waits.push(wait.0 / 1_000);
            now = now.plus(wait);
        }
        assert_eq!(waits[..11], [0; 11]);
        assert_eq!(waits[11..19], [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 16_000]);
        assert!(waits[19..].iter().all(|wait| *wait == 16_000), "{waits:?}");
        assert_eq!(throttle.guess(known, now.plus(Span::minutes(10))), AT_ONCE);
    }
}

#[test]
fn a_stranger_who_keeps_guessing_is_refused_before_anything_is_read_and_nobody_else_is() {
    let throttle = Throttle::default();
    let looks = |now| throttle.look(ANA, Some(network(1)), now);
    for second in 0..10 {
        assert_eq!(looks(seconds(second)), Ok(()));
        throttle.guess(from(1), seconds(second)).unwrap();
    }
    assert_eq!(looks(seconds(60)), Err(541));
    assert_eq!(throttle.look(ANA, Some(network(2)), seconds(60)), Ok(()), "they may have been there before");
    throttle.guess(Attempt { known: true, ..from(1) }, seconds(60)).unwrap();
    assert_eq!(looks(seconds(61)), Ok(()), "somebody was here before");
}

#[test]
fn a_flood_of_accounts_resets_nobodys_count() {
    let throttle = Throttle::default();
    for _ in 0..10 {
        throttle.guess(from(1), NOON).unwrap();
    }
    for n in 0..MOST as u32 + 10 {
        let mut account = [0; 32];
        account[..4].copy_from_slice(&n.to_be_bytes());
        throttle.guess(Attempt { account, network: None, device: None, known: true }, seconds(1)).unwrap();
    }
    assert!(throttle.with(|counts| counts.of.len()) <= MOST);
    assert_eq!(throttle.guess(from(1), seconds(60)), Err(541));
}

#[test]
fn guesses_at_once_are_no_way_round() {
    let throttle = Throttle::default();
    let turns: Vec<_> = (0..10).map(|_| throttle.attempt(from(1), NOON).unwrap()).collect();
    assert_eq!(throttle.guess(from(1), NOON), Err(1), "the tenth may be right");
    turns.into_iter().for_each(Turn::has_not_failed);
    assert_eq!(throttle.guess(from(1), NOON.plus(Span::seconds(1))), AT_ONCE);
}

#[test]
fn nobody_is_locked_out_of_where_they_signed_in_before_by_guesses_from_elsewhere() {
    let throttle = Throttle::default();
    for n in 0..200_u8 {
        // Some are told to come again: nothing is looked at then.
        let _ = throttle.guess(from(n), NOON);
    }
    assert!(throttle.guess(from(201), NOON).is_err(), "a stranger waits");
    assert_eq!(throttle.guess(Attempt { known: true, ..from(202) }, NOON), AT_ONCE);
}

#[test]
fn a_device_is_counted_for_itself_whoever_guesses_beside_it() {
    let throttle = Throttle::default();
    for _ in 0..10 {
        throttle.guess(from(1), NOON).unwrap();
    }
    let device = Attempt { device: Some(Uuid::from_u128(7)), known: true, ..from(1) };
    assert!(throttle.guess(from(1), NOON).is_err());
    for _ in 0..11 {
        assert_eq!(throttle.guess(device, NOON), AT_ONCE);
    }
    assert_eq!(throttle.guess(device, NOON), Ok(FIRST_WAIT), "nor does a stolen one guess as fast as it likes");
    let another = Attempt { device: Some(Uuid::from_u128(8)), ..device };
    assert_eq!(throttle.guess(another, NOON), AT_ONCE);
}

#[test]
fn guesses_at_one_account_from_everywhere_wait_for_longer_and_longer() {
    let millis = |n| -> Result<Span, u32> { Ok(Span::millis(n)) };
    // One after the other, and all at once.
    for at_once in [false, true] {
        let (throttle, mut turns) = (Throttle::default(), Vec::new());
        let waits: Vec<Result<Span, u32>> = (0..16)
            .map(|n| {
                let turn = throttle.attempt(from(n), NOON)?;
                let wait = turn.wait;
                turns.extend(Some(turn).filter(|_| at_once));
                Ok(wait)
            })
            .collect();
        assert_eq!(waits[..11], [millis(0); 11]);
        assert_eq!(waits[11..], [millis(250), millis(750), millis(1_750), millis(3_750), Err(8)]);
        assert_eq!(throttle.guess(from(16), seconds(8)), AT_ONCE);
    }
}

#[test]
fn guesses_from_one_network_at_whichever_accounts_wait_and_those_from_elsewhere_do_not() {
    let throttle = Throttle::default();
    let attempt = |n: u8, account: u8| Attempt { account: [account; 32], ..from(n) };
    let taken = (0..220).filter(|n| throttle.guess(attempt(1, *n), NOON).is_ok()).count();
    assert!((30..40).contains(&taken), "{taken} of 220");
    assert_eq!(throttle.guess(attempt(2, 250), NOON), AT_ONCE);
    assert_eq!(throttle.guess(Attempt { known: true, ..attempt(1, 251) }, NOON), AT_ONCE);
}

#[test]
fn an_office_that_begins_its_day_together_is_let_in_one_after_the_other() {
    let throttle = Throttle::default();
    let attempt = |account: u8| Attempt { account: [account; 32], ..from(1) };
    let turns: Vec<_> = (0..120).map(|n| throttle.attempt(attempt(n), NOON).unwrap()).collect();
    assert_eq!(turns[30].wait, Span(0));
    assert_eq!(turns[119].wait, Span::millis(89 * 50));
    turns.into_iter().for_each(Turn::has_not_failed);
    assert_eq!(throttle.guess(attempt(200), seconds(5)), AT_ONCE);
}

#[test]
fn a_clock_that_is_set_back_makes_nobody_wait() {
    let throttle = Throttle::default();
    for n in 0..16 {
        let _ = throttle.guess(from(n), NOON);
    }
    assert!(throttle.guess(from(20), NOON).is_err());
    assert_eq!(throttle.guess(from(20), seconds(-3_600)), AT_ONCE);
}

#[test]
fn those_who_sign_in_are_not_counted() {
    let throttle = Throttle::default();
    for _ in 0..50 {
        let turn = throttle.attempt(from(1), NOON).unwrap();
        assert_eq!(turn.wait, Span(0));
        turn.has_not_failed();
    }
}

#[test]
fn what_was_tried_long_ago_is_forgotten_and_no_more_is_kept_than_may_be() {
    let throttle = Throttle::default();
    let attempt = |n: u32| {
        let mut account = [0; 32];
        account[..4].copy_from_slice(&n.to_be_bytes());
        Attempt { account, network: None, device: None, known: true }
    };
    for n in 0..100 {
        throttle.guess(attempt(n), NOON).unwrap();
    }
    let late = NOON.plus(Span::minutes(11));
    throttle.guess(attempt(7), late).unwrap();
    assert_eq!(throttle.with(|counts| counts.of.len()), 1);
    for n in 0..MOST as u32 + 10 {
        throttle.guess(attempt(n), late).unwrap();
    }
    assert!(throttle.with(|counts| counts.of.len()) <= MOST);
}

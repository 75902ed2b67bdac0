//! What became of every message of a drill: compares what was acknowledged, stored and posted, and says what is wrong. Pure.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A customer's message that was answered 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// The provider's id.
    pub id: String,
    /// When it was first posted, and when its first 200 had come back: µs since 1970.
    pub posted_at: i64,
    pub acknowledged_at: i64,
}

/// A reply that the server decided to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What the provider was given as correlation id.
    pub message: String,
    /// The status's name.
    pub status: String,
    /// When the post was recorded as about to begin (µs since 1970), if it was.
    pub started_at: Option<i64>,
}

/// A change of owner in one thread, in the order of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerChange {
    pub epoch: i64,
    pub from: String,
    pub to: String,
}

/// What was seen from outside, and what is in the database afterwards.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Instants at which the server was killed, µs since 1970, ascending.
    pub kills: Vec<i64>,
    /// By customer, what was answered 200.
    pub acknowledged: BTreeMap<String, Vec<Acknowledged>>,
    /// By customer, the provider's ids of what is stored, in the order of the thread.
    pub stored: BTreeMap<String, Vec<String>>,
    pub replies: Vec<Reply>,
    /// The correlation id of each post that the provider accepted; twice, if it was posted twice.
    pub posted: Vec<String>,
    /// By thread.
    pub owners: BTreeMap<String, Vec<OwnerChange>>,
    /// How long a post may be under way, µs.
    pub post_timeout: i64,
    /// Dead letters: kept, shown to operators, and in nobody's chat.
    pub put_aside: usize,
}

/// The counts, printed as one line of JSON. All but the first three and `unknown` must be nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub kills: usize,
    pub acknowledged: usize,
    pub replies: usize,
    /// Answered 200 and in nobody's chat.
    pub lost: usize,
    /// Dead letters; a message that is one is counted as lost, too.
    pub put_aside: usize,
    /// Stored more than once.
    pub duplicated: usize,
    /// Accepted by the provider more than once.
    pub sent_twice: usize,
    /// Posted, perhaps; allowed only where a kill fell between `sending` and its outcome.
    pub unknown: usize,
    /// `unknown` without such a kill.
    pub unknown_without_a_kill: usize,
    /// A customer's message stored before one that was answered 200 before it was first posted (A2).
    pub order_violations: usize,
    /// Replies that are neither sent, failed, unknown nor withdrawn after everything has settled.
    pub unsettled: usize,
    /// Recorded as sent, and the provider knows nothing of it.
    pub never_arrived: usize,
    /// Changes of owner that do not begin where the last one ended, or whose epoch does not rise by one.
    pub owner_breaks: usize,
}

impl Verdict {
    pub fn of(evidence: &Evidence) -> Self {
        let posted: BTreeSet<&str> = evidence.posted.iter().map(String::as_str).collect();
        let unknown: Vec<&Reply> = evidence.replies.iter().filter(|reply| reply.status == "unknown").collect();
        Self {
            kills: evidence.kills.len(),
            acknowledged: evidence.acknowledged.values().map(Vec::len).sum(),
            replies: evidence.replies.len(),
            lost: evidence.acknowledged.iter().map(|(who, sent)| lost(sent, stored_of(evidence, who))).sum(),
            put_aside: evidence.put_aside,
            duplicated: evidence.stored.values().map(|stored| stored.len() - distinct(stored)).sum(),
            sent_twice: evidence.posted.len() - posted.len(),
            unknown: unknown.len(),
            unknown_without_a_kill: unknown.iter().filter(|reply| !interrupted(reply, evidence)).count(),
            order_violations: evidence
                .acknowledged
                .iter()
                .map(|(who, sent)| out_of_order(sent, stored_of(evidence, who)))
                .sum(),
            unsettled: evidence.replies.iter().filter(|reply| !settled(&reply.status)).count(),
            never_arrived: evidence
                .replies
                .iter()
                .filter(|reply| is_sent(&reply.status) && !posted.contains(reply.message.as_str()))
                .count(),
            owner_breaks: evidence.owners.values().map(|changes| breaks(changes)).sum(),
        }
    }

    /// Whether nothing happened that must never happen.
    pub fn holds(&self) -> bool {
        self.lost
            + self.put_aside
            + self.duplicated
            + self.sent_twice
            + self.unknown_without_a_kill
            + self.order_violations
            + self.unsettled
            + self.never_arrived
            + self.owner_breaks
            == 0
    }

    /// One line of JSON.
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("counts have a JSON form")
    }
}

fn stored_of<'a>(evidence: &'a Evidence, customer: &str) -> &'a [String] {
    evidence.stored.get(customer).map_or(&[], Vec::as_slice)
}

fn distinct(ids: &[String]) -> usize {
    ids.iter().collect::<BTreeSet<_>>().len()
}

fn lost(acknowledged: &[Acknowledged], stored: &[String]) -> usize {
    let stored: BTreeSet<&String> = stored.iter().collect();
    acknowledged.iter().filter(|message| !stored.contains(&message.id)).count()
}

/// How many stand before one that had been answered 200 before they were first posted.
fn out_of_order(acknowledged: &[Acknowledged], stored: &[String]) -> usize {
    let mut places: BTreeMap<&String, usize> = BTreeMap::new();
    for (place, id) in stored.iter().enumerate() {
        places.entry(id).or_insert(place);
    }
    let placed = |message: &Acknowledged| places.get(&message.id).copied();
    let mut by_post: Vec<&Acknowledged> = acknowledged.iter().collect();
    by_post.sort_by_key(|message| message.posted_at);
    let mut by_answer = by_post.clone();
    by_answer.sort_by_key(|message| message.acknowledged_at);

    let mut answered = by_answer.into_iter().peekable();
    let mut furthest = None;
    let mut violations = 0;
    for message in by_post {
        while let Some(before) = answered.next_if(|before| before.acknowledged_at < message.posted_at) {
            furthest = furthest.max(placed(before));
        }
        if placed(message).is_some_and(|place| furthest > Some(place)) {
            violations += 1;
        }
    }
    violations
}

fn is_sent(status: &str) -> bool {
    ["sent", "delivered", "read", "played"].contains(&status)
}

fn settled(status: &str) -> bool {
    is_sent(status) || ["failed", "unknown", "cancelled"].contains(&status)
}

/// Whether a kill fell while this post may have been under way.
fn interrupted(reply: &Reply, evidence: &Evidence) -> bool {
    reply.started_at.is_some_and(|started| {
        evidence.kills.iter().any(|kill| (started..=started.saturating_add(evidence.post_timeout)).contains(kill))
    })
}

fn breaks(changes: &[OwnerChange]) -> usize {
    changes.windows(2).filter(|pair| pair[1].from != pair[0].to || pair[1].epoch != pair[0].epoch + 1).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn reply(message: &str, status: &str, started_at: i64) -> Reply {
        Reply { message: message.into(), status: status.into(), started_at: Some(started_at) }
    }

    /// One after the other: posted at 10, 30, 50 …, answered ten later.
    fn answered(names: &[&str]) -> Vec<Acknowledged> {
        let message = |(turn, name): (i64, &&str)| Acknowledged {
            id: (*name).to_owned(),
            posted_at: 10 + turn * 20,
            acknowledged_at: 20 + turn * 20,
        };
        (0..).zip(names).map(message).collect()
    }

    fn change(epoch: i64, from: &str, to: &str) -> OwnerChange {
        OwnerChange { epoch, from: from.into(), to: to.into() }
    }

    /// Two customers, everything in order, one kill at 100.
    fn good() -> Evidence {
        Evidence {
            kills: vec![100],
            acknowledged: BTreeMap::from([("ana".into(), answered(&["a1", "a2"])), ("bia".into(), answered(&["b1"]))]),
            // `a3` was stored, and its 200 was lost: that is no fault.
            stored: BTreeMap::from([("ana".into(), ids(&["a1", "a2", "a3"])), ("bia".into(), ids(&["b1"]))]),
            replies: vec![reply("r1", "delivered", 10), reply("r2", "unknown", 95), reply("r3", "failed", 20)],
            posted: ids(&["r1", "r2"]),
            owners: BTreeMap::from([("t".into(), vec![change(1, "none", "queue"), change(2, "queue", "agent")])]),
            post_timeout: 50,
            put_aside: 0,
        }
    }

    #[test]
    fn a_drill_without_faults_holds_and_says_what_it_counted() {
        let verdict = Verdict::of(&good());
        assert!(verdict.holds(), "{}", verdict.line());
        assert_eq!((verdict.kills, verdict.acknowledged, verdict.unknown), (1, 3, 1));
        assert!(verdict.line().contains("\"lost\":0") && !verdict.line().contains('\n'));
    }

    #[test]
    fn a2_messages_posted_side_by_side_may_stand_in_either_order() {
        let mut evidence = good();
        evidence.stored.insert("ana".into(), ids(&["a2", "a1"]));
        assert_eq!(Verdict::of(&evidence).order_violations, 1);
        let ana = evidence.acknowledged.get_mut("ana").unwrap();
        ana[1].posted_at = ana[0].acknowledged_at;
        assert_eq!(Verdict::of(&evidence).order_violations, 0);
    }

    #[test]
    fn each_fault_is_seen_and_counted_where_it_belongs() {
        let fault = |spoil: &dyn Fn(&mut Evidence)| {
            let mut evidence = good();
            spoil(&mut evidence);
            let verdict = Verdict::of(&evidence);
            assert!(!verdict.holds(), "{}", verdict.line());
            verdict
        };
        let stored = |evidence: &mut Evidence, names: &[&str]| _ = evidence.stored.insert("ana".into(), ids(names));
        assert_eq!(fault(&|e| stored(e, &["a1"])).lost, 1);
        assert_eq!(fault(&|e| _ = e.stored.remove("bia")).lost, 1);
        assert_eq!(fault(&|e| e.put_aside = 1).put_aside, 1);
        assert_eq!(fault(&|e| stored(e, &["a1", "a2", "a2"])).duplicated, 1);
        assert_eq!(fault(&|e| stored(e, &["a2", "a1"])).order_violations, 1);
        assert_eq!(fault(&|e| e.posted.push("r1".into())).sent_twice, 1);
        assert_eq!(fault(&|e| e.posted.clear()).never_arrived, 1);
        assert_eq!(fault(&|e| e.replies.push(reply("r4", "sending", 10))).unsettled, 1);
        assert_eq!(fault(&|e| e.replies.push(reply("r4", "unknown", 101))).unknown_without_a_kill, 1);
        assert_eq!(fault(&|e| e.replies.push(reply("r4", "unknown", 49))).unknown_without_a_kill, 1);
        assert_eq!(fault(&|e| e.owners.get_mut("t").unwrap()[1].epoch = 3).owner_breaks, 1);
        assert_eq!(fault(&|e| e.owners.get_mut("t").unwrap()[1].from = "bot".into()).owner_breaks, 1);
    }
}

//! Says what becomes of each job of a batch: pure, and the same for every store.
//!
//! It walks the jobs in order over the records they are about, so that a later job sees what an earlier one changed.
//! Expected conflicts are verdicts; nothing here fails.

mod accept;
mod access;
mod addresses;
mod admin_write;
mod administration;
mod commit;
mod early;
mod job;
mod projection;
mod rows;
mod seen;
mod status;
#[cfg(test)]
mod tests;
mod unmatched;

pub(crate) use accept::addressee;
pub use access::Renewal;
pub(crate) use access::{AccessWrite, TOKEN_LIVES};
pub(crate) use addresses::must_be_the_only_scoped_id;
pub(crate) use admin_write::alive_key;
pub(crate) use commit::tell_key;
pub(crate) use job::{AdminWrite, Answer, Fate, Job, JobResult, TenantChanges, earlier};
pub(crate) use seen::is_seen;
pub(crate) use unmatched::MOST_AT_ONCE;

use crate::records::Tables;
use dashoffice_domain::Timestamp;
use dashoffice_domain::ports::{NotAccepted, Unavailable};
use dashoffice_runtime::Outcome;

/// When, and under which ownership, a batch is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommitStamp {
    pub(crate) term: i64,
    pub(crate) now: Timestamp,
}

/// One verdict per job, in order; `tables` is left as it must be written.
pub(crate) fn judge<'a>(
    tables: &mut Tables,
    jobs: impl IntoIterator<Item = &'a Job>,
    stamp: CommitStamp,
) -> Vec<JobResult> {
    jobs.into_iter()
        .map(|job| match job {
            Job::Commit(commit) => commit::judge(tables, commit, stamp),
            Job::Accept { tenant, delivery } => accept::judge(tables, *tenant, delivery, stamp),
            Job::AdminWrite(admin_write) => admin_write::judge(tables, admin_write, stamp),
            Job::Administer(commits) => administration::judge(tables, commits, stamp),
            Job::Project(projected) => projection::judge(tables, projected),
        })
        .collect()
}

/// The answer to a job that was not even tried.
pub(crate) fn unavailable(job: &Job, reason: &str) -> Answer {
    let unavailable = |doing| Unavailable { doing, reason: reason.to_owned() };
    match job {
        Job::Commit(_) | Job::Administer(_) | Job::Project(_) => Answer::Commit(Outcome::Unavailable),
        Job::Accept { .. } => Answer::Receipt(Err(NotAccepted::Unavailable(unavailable("accepting")))),
        Job::AdminWrite(_) => Answer::Unavailable(reason.to_owned()),
    }
}

/// The answer to a job whose transaction may or may not be on disk.
pub(crate) fn unknown(job: &Job) -> Answer {
    match job {
        Job::Commit(_) | Job::Administer(_) | Job::Project(_) => Answer::Commit(Outcome::Unknown),
        Job::Accept { .. } | Job::AdminWrite(_) => unavailable(job, "the answer to the commit was lost"),
    }
}

/// The answer to a job that the database refuses each time, for a reason that is not one of ours.
pub(crate) fn rejected(job: &Job, reason: String) -> Answer {
    match job {
        Job::Commit(_) | Job::Administer(_) | Job::Project(_) => Answer::Commit(Outcome::Rejected { reason }),
        Job::Accept { .. } | Job::AdminWrite(_) => unavailable(job, &reason),
    }
}

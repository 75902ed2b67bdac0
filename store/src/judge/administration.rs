//! Administration of several tenants at once: all of it or none.

use super::CommitStamp;
use super::commit;
use super::job::{Answer, JobResult};
use crate::Office;
use crate::records::Tables;
use dashoffice_runtime::{Commit, Outcome};

pub(super) fn judge(tables: &mut Tables, commits: &[Commit<Office>], stamp: CommitStamp) -> JobResult {
    if let [one] = commits {
        return commit::judge(tables, one, stamp);
    }
    let mut tried = tables.clone();
    let mut whole = JobResult::quiet(Answer::Commit(Outcome::Conflict));
    for commit in commits {
        let JobResult { answer, news } = commit::judge(&mut tried, commit, stamp);
        let is_committed = matches!(answer, Answer::Commit(Outcome::Committed { .. }));
        whole.answer = answer;
        if !is_committed {
            return JobResult { news: Vec::new(), ..whole };
        }
        whole.news.extend(news);
    }
    *tables = tried;
    whole
}

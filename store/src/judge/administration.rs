//! Administration of several tenants at once: all of it or none.

use super::Moment;
use super::commit;
use super::job::{Answer, Verdict};
use crate::Office;
use crate::records::Tables;
use dashoffice_runtime::{Commit, Outcome};

pub(super) fn judge(tables: &mut Tables, commits: &[Commit<Office>], moment: Moment) -> Verdict {
    if let [one] = commits {
        return commit::judge(tables, one, moment);
    }
    let mut tried = tables.clone();
    let mut whole = Verdict::quiet(Answer::Commit(Outcome::Conflict));
    for commit in commits {
        let Verdict { answer, news } = commit::judge(&mut tried, commit, moment);
        let is_committed = matches!(answer, Answer::Commit(Outcome::Committed { .. }));
        whole.answer = answer;
        if !is_committed {
            return Verdict { news: Vec::new(), ..whole };
        }
        whole.news.extend(news);
    }
    *tables = tried;
    whole
}

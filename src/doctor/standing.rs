//! Whether what is on disk is what the running server goes by; only it knows.

use super::Finding;
use crate::reloading::ConfigurationState;
use crate::serving::{Request, ask_control};
use std::path::Path;

pub(super) async fn look(data_dir: &Path) -> Vec<Finding> {
    match ask_control::<ConfigurationState>(data_dir, &Request::Standing).await {
        Ok(Some(standing)) => judge(&standing),
        Ok(None) => Vec::new(),
        Err(error) => {
            vec![Finding::note(format!("the running server does not say which configuration runs: {error:#}"))]
        }
    }
}

pub(super) fn judge(standing: &ConfigurationState) -> Vec<Finding> {
    let refused = standing.refused.iter().map(|reason| {
        Finding::problem(
            format!("the running server does not go by the configuration on disk: {reason}"),
            "correct it; it is read again by itself, or at once after SIGHUP",
        )
    });
    let waiting = (!standing.waiting.is_empty()).then(|| {
        let keys = standing.waiting.join(", ");
        Finding::note(format!("changed on disk, and taking effect at the next start: {keys}"))
    });
    let office = standing.office_refused.iter().map(|reason| {
        Finding::problem(
            format!("the running server does not go by the office's file: {reason}"),
            "correct it; until then nothing of it is applied, and what was in force stays",
        )
    });
    let findings: Vec<Finding> = refused.chain(waiting).chain(office).collect();
    if findings.is_empty() {
        return vec![Finding::fine("the running server goes by the files on disk")];
    }
    findings
}

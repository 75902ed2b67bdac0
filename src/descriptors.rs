//! The limit of open files, and how many connections it leaves room for.

use crate::doctor::Finding;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What stands beside connections: the database, files of customers, what is posted to providers, the control socket, logs.
const OUR_OWN: u64 = 256;

/// Raises the limit of open files to what this process may have, and says how many connections fit.
pub(crate) fn make_room(asked: u32) -> u32 {
    let limit = raised();
    let connections = fitting(asked, limit);
    if connections < asked {
        let limit = limit.unwrap_or(u64::MAX);
        tracing::warn!(connections, asked, limit, "the limit of open files leaves room for fewer connections");
    } else {
        tracing::debug!(connections, limit, "there are descriptors for all connections");
    }
    connections
}

/// The limit from now on; `None`: there is none.
fn raised() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return current;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files cannot be raised");
            current
        }
    }
}

/// So many of the connections that are asked for fit; at least one.
fn fitting(asked: u32, limit: Option<u64>) -> u32 {
    let Some(limit) = limit else { return asked };
    let left = limit - OUR_OWN.min(limit / 2);
    u32::try_from(left).unwrap_or(u32::MAX).min(asked).max(1)
}

/// As `doctor` sees it: what a server that this user starts here may have.
pub(crate) fn look(asked: u32) -> Finding {
    judge(asked, getrlimit(Resource::Nofile).maximum)
}

pub(crate) fn judge(asked: u32, limit: Option<u64>) -> Finding {
    let fit = fitting(asked, limit);
    if fit == asked {
        return Finding::fine(format!("there may be enough open files for {asked} connections (server.connections)"));
    }
    let limit = limit.unwrap_or(u64::MAX);
    Finding::note(format!(
        "a server started as this is has room for {fit} connections, not {asked} (server.connections): no more than {limit} files may \
         be open; raise the hard limit (systemd: LimitNOFILE=, containers: ulimits nofile, shells: ulimit -Hn)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_the_store_and_for_what_is_posted() {
        for (asked, limit, fit) in [
            (12_000, None, 12_000),
            (12_000, Some(1 << 20), 12_000),
            (12_000, Some(12_256), 12_000),
            (12_000, Some(12_255), 11_999),
            (12_000, Some(1_024), 768),
            (12_000, Some(64), 32),
            (12_000, Some(0), 1),
            (10, Some(1_024), 10),
        ] {
            assert_eq!(fitting(asked, limit), fit, "{asked} within {limit:?}");
        }
    }

    #[test]
    fn the_limit_is_raised_as_far_as_it_may_be() {
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: Some(256), maximum }).unwrap();
        assert_eq!(raised(), maximum);
        assert_eq!(getrlimit(Resource::Nofile).current, maximum);
    }

    #[test]
    fn doctor_says_when_files_are_too_few_for_the_connections() {
        assert!(matches!(judge(12_000, Some(1 << 20)), Finding::Fine(_)));
        let told = judge(12_000, Some(1_024)).to_string();
        assert!(told.contains("768 connections, not 12000") && told.contains("LimitNOFILE"), "{told}");
    }
}

//! The data directory: ours, closed to others, and with room to grow.

use super::Finding;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Below this a busy day may fill the disk.
const SCARCE: u64 = 2_000_000_000;
/// Below this it is a matter of hours.
const TOO_LITTLE: u64 = 500_000_000;

pub(super) fn look(dir: &Path) -> Vec<Finding> {
    let shown = dir.display();
    let met = match fs::metadata(dir) {
        Ok(met) if met.is_dir() => met,
        Ok(_) => {
            let remedy = "let data.dir name a directory";
            return vec![Finding::problem(format!("the data directory {shown} is no directory"), remedy)];
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return vec![Finding::note(format!(
                "the data directory {shown} is not there yet; the first start makes it"
            ))];
        }
        Err(error) => {
            let what = format!("the data directory {shown} cannot be looked at: {error}");
            return vec![Finding::problem(what, "run this as the user who runs the server")];
        }
    };
    let mut findings = vec![closed(dir, met.mode()), owned(dir, met.uid())];
    for name in ["dashoffice.db", "demo.json", "simulated.json"] {
        let file = dir.join(name);
        if let Ok(met) = fs::metadata(&file) {
            findings.push(closed(&file, met.permissions().mode()));
        }
    }
    findings.push(match rustix::fs::statvfs(dir) {
        Ok(disk) => room(disk.f_bavail.saturating_mul(disk.f_frsize)),
        Err(error) => Finding::note(format!("free disk space is not known: {error}")),
    });
    findings
}

/// Secrets and customers' words lie here.
pub(super) fn closed(path: &Path, mode: u32) -> Finding {
    let path = path.display();
    match mode & 0o077 {
        0 => Finding::fine(format!("{path} is closed to others")),
        _ => Finding::problem(
            format!("{path} is open to other users (mode {:o})", mode & 0o777),
            format!("chmod go= {path}"),
        ),
    }
}

fn owned(dir: &Path, owner: u32) -> Finding {
    // The effective user of this very process, as the kernel shows it.
    let us = fs::metadata("/proc/self").map_or(owner, |met| met.uid());
    owned_by(dir, owner, us)
}

pub(super) fn owned_by(dir: &Path, owner: u32, us: u32) -> Finding {
    let shown = dir.display();
    if owner == us {
        return Finding::fine(format!("{shown} belongs to the user who runs this"));
    }
    Finding::problem(
        format!("{shown} belongs to user {owner}, and this runs as user {us}"),
        format!("run the server and this as user {owner}, or give it away: chown -R {us} {shown}"),
    )
}

/// `free` bytes are left.
pub(super) fn room(free: u64) -> Finding {
    let megabytes = free / 1_000_000;
    let remedy = "make room: a full disk stops every chat (webhooks are answered 503 until there is room)";
    match free {
        _ if free < TOO_LITTLE => Finding::problem(format!("only {megabytes} MB of disk are free"), remedy),
        _ if free < SCARCE => Finding::note(format!("{megabytes} MB of disk are free, which is not much")),
        _ => Finding::fine(format!("{megabytes} MB of disk are free")),
    }
}

//! The folder of customers' files: a folder, closed to others, one we may write to, and with room of its own.

use super::Finding;
use super::directory::{closed, room};
use rustix::fs::{Access, access, statvfs};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

pub(super) fn look(folder: &Path) -> Vec<Finding> {
    let shown = folder.display();
    let met = match fs::metadata(folder) {
        Ok(met) if met.is_dir() => met,
        Ok(_) => {
            let remedy = "move it away: customers' files are kept in a directory of this name";
            return vec![Finding::problem(format!("{shown} is no directory"), remedy)];
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return vec![Finding::fine(format!("{shown} is not there yet; the first file of a customer makes it"))];
        }
        Err(error) => {
            let remedy = "run this as the user who runs the server";
            return vec![Finding::problem(format!("{shown} cannot be looked at: {error}"), remedy)];
        }
    };
    let mut findings = vec![closed(folder, met.permissions().mode())];
    findings.push(match access(folder, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Finding::fine(format!("{shown} can be written to")),
        Err(error) => Finding::problem(
            format!("{shown} cannot be written to: {error}"),
            "customers' files wait with the provider, for 7 days; let the server's user write there",
        ),
    });
    let of_the_data = folder.parent().and_then(|data| fs::metadata(data).ok()).map(|data| data.dev());
    // On the data directory's own disk it is told there.
    if of_the_data != Some(met.dev())
        && let Ok(disk) = statvfs(folder)
    {
        findings.push(room(disk.f_bavail.saturating_mul(disk.f_frsize)));
    }
    findings
}

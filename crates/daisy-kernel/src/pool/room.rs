//! Room: how much memory this process may have.
//!
//! Sources: the manual pages cgroups(7), sysconf(3) and getrlimit(2); of the kernel's
//! documentation, `admin-guide/cgroup-v2.rst` and `admin-guide/cgroup-v1/memory.rst`.

use std::fs;
use std::path::{Path, PathBuf};

/// One in so many bytes may be kept though nobody uses it.
const SHARE: usize = 8;

/// How many bytes a pool may keep, as long as nobody says otherwise: an eighth of the memory of the
/// machine, or of the cgroup, or of the address space, whichever has least.
pub fn share() -> usize {
    let cgroups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limits = limit_files(&cgroups)
        .into_iter()
        .filter_map(|file| number(&file));
    let least = limits.chain(address_space()).chain(physical()).min();
    least.unwrap_or(0) / SHARE
}

/// The files that may say how much memory the cgroup of a process has, given its
/// `/proc/self/cgroup`. A group has no more than those above it.
fn limit_files(cgroups: &str) -> Vec<PathBuf> {
    cgroups.lines().flat_map(files_of_line).collect()
}

/// A line is `number:controllers:path`; version 2 has no controllers there.
fn files_of_line(line: &str) -> Vec<PathBuf> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
        return Vec::new();
    };
    let (root, file) = if controllers.is_empty() {
        ("/sys/fs/cgroup", "memory.max")
    } else if controllers.split(',').any(|name| name == "memory") {
        ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
    } else {
        return Vec::new();
    };
    let groups = Path::new(path.trim_start_matches('/')).ancestors();
    groups
        .map(|group| Path::new(root).join(group).join(file))
        .collect()
}

/// What a file says, if it is there and does not say `max`.
fn number(file: &Path) -> Option<usize> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(unix)]
fn physical() -> Option<usize> {
    // SAFETY: these only ask.
    let (pages, size) = unsafe {
        (
            libc::sysconf(libc::_SC_PHYS_PAGES),
            libc::sysconf(libc::_SC_PAGESIZE),
        )
    };
    usize::try_from(pages)
        .ok()?
        .checked_mul(usize::try_from(size).ok()?)
}

#[cfg(unix)]
fn address_space() -> Option<usize> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: writes to `limit`, which is of the type that it wants.
    let failed = unsafe { libc::getrlimit(libc::RLIMIT_AS, &raw mut limit) } != 0;
    if failed {
        None
    } else {
        usize::try_from(limit.rlim_cur).ok()
    }
}

#[cfg(not(unix))]
fn physical() -> Option<usize> {
    None
}

#[cfg(not(unix))]
fn address_space() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::{limit_files, share};

    fn check(cgroups: &str, expected: &[&str]) {
        let files = limit_files(cgroups);
        let files: Vec<_> = files.iter().map(|file| file.to_str().unwrap()).collect();
        assert_eq!(files, expected);
    }

    /// Version 2: one hierarchy, and a group has no more than its parents.
    #[test]
    fn a_group_and_its_parents_are_asked() {
        check(
            "0::/user.slice/a.scope\n",
            &[
                "/sys/fs/cgroup/user.slice/a.scope/memory.max",
                "/sys/fs/cgroup/user.slice/memory.max",
                "/sys/fs/cgroup/memory.max",
            ],
        );
    }

    /// Version 1: only the controller of memory counts, alone or mounted with others.
    #[test]
    fn the_controller_of_memory_is_asked() {
        check(
            "5:cpu,cpuacct:/x\n4:hugetlb,memory:/job\n1:name=systemd:/\n",
            &[
                "/sys/fs/cgroup/memory/job/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            ],
        );
    }

    /// The kernel may say what is not understood here.
    #[test]
    fn other_text_names_no_file() {
        check("", &[]);
        check("nonsense\n\n1:memory\n", &[]);
    }

    /// There is memory, so there is a share of it.
    #[test]
    fn the_share_is_neither_nothing_nor_everything() {
        let share = share();
        assert!(share > 1 << 20 && share < 1 << 48);
    }
}

//! A machine without a network: a network namespace that has the loopback interface alone.

use std::env;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// In the namespace.
const SCRIPT: &str = "ip link set lo up && exec \"$0\" \"$@\"";

/// Starts this program again, where there is no network. Returns if that is here.
pub(crate) fn enter() -> Result<()> {
    let interfaces = fs::read_to_string("/proc/self/net/dev").context("no /proc/self/net/dev")?;
    if is_offline(&interfaces) {
        return Ok(());
    }
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command
        .args(["--net", "sh", "-c", SCRIPT])
        .arg(env::current_exe()?)
        .args(env::args_os().skip(1));
    bail!("cannot start unshare: {}", command.exec())
}

/// Whether the table of a kernel's interfaces has the loopback interface alone.
fn is_offline(interfaces: &str) -> bool {
    let names = interfaces.lines().filter_map(|line| line.split_once(':'));
    names.map(|(name, _)| name.trim()).eq(["lo"])
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "Inter-|   Receive  |  Transmit\n face |bytes packets |bytes packets\n";

    #[test]
    fn the_loopback_interface_is_no_network() {
        assert!(is_offline(&format!("{HEAD}    lo: 0 0 0 0\n")));
        assert!(!is_offline(&format!("{HEAD}    lo: 0 0 0 0\n  eth0: 9 9 9 9\n")));
        assert!(!is_offline(HEAD));
    }
}

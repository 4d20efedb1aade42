//! Progress and omissions, as all commands print them.

use std::env;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Announces the next step, with the seconds since the first one.
pub(crate) fn say(step: &str) {
    println!("\n== {step} ({} s)", START.elapsed().as_secs());
}

/// Says how long a step took that has ended.
pub(crate) fn took(step: &str, time: Duration) {
    println!("\n== {step} took {}", shown(time));
}

/// Seconds, with a tenth where there are few.
fn shown(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 10.0 { format!("{seconds:.1} s") } else { format!("{seconds:.0} s") }
}

/// Reports a step that cannot run on this machine. Where `CI=true`, that is a failure.
pub(crate) fn left_out(step: &str) -> Result<()> {
    warn_left_out(step);
    if is_ci() {
        bail!("CI=true, and a step was left out");
    }
    Ok(())
}

/// The same, but never a failure.
pub(crate) fn warn_left_out(step: &str) {
    eprintln!("\n!! LEFT OUT: {step}");
}

/// Whether `CI=true`: a machine that has to have everything.
pub(crate) fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| value == "true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_in_seconds() {
        assert_eq!(shown(Duration::from_millis(40)), "0.0 s");
        assert_eq!(shown(Duration::from_millis(9940)), "9.9 s");
        assert_eq!(shown(Duration::from_millis(83_600)), "84 s");
    }
}

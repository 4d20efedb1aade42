//! Starts Firefox.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use rustix::process::Signal;
use tokio::process::Command;

use super::{Browser, Process};
use crate::options::Options;

/// Preferences: no first run, nothing in the background, no look at the network, and no page that
/// is ended because it is slow.
const PREFERENCES: &[(&str, &str)] = &[
    ("app.normandy.enabled", "false"),
    ("app.update.auto", "false"),
    ("app.update.disabledForTesting", "true"),
    ("browser.aboutwelcome.enabled", "false"),
    ("browser.dom.window.dump.enabled", "true"),
    ("browser.newtabpage.enabled", "false"),
    ("browser.region.network.url", "\"\""),
    ("browser.safebrowsing.malware.enabled", "false"),
    ("browser.safebrowsing.phishing.enabled", "false"),
    ("browser.search.update", "false"),
    ("browser.sessionstore.resume_from_crash", "false"),
    ("browser.shell.checkDefaultBrowser", "false"),
    ("browser.startup.homepage_override.mstone", "\"ignore\""),
    ("browser.startup.page", "0"),
    ("browser.tabs.unloadOnLowMemory", "false"),
    ("datareporting.policy.dataSubmissionEnabled", "false"),
    ("dom.ipc.reportProcessHangs", "false"),
    ("dom.max_script_run_time", "0"),
    ("extensions.getAddons.cache.enabled", "false"),
    ("extensions.update.enabled", "false"),
    ("network.captive-portal-service.enabled", "false"),
    ("network.connectivity-service.enabled", "false"),
    ("network.dns.disablePrefetch", "true"),
    ("network.http.speculative-parallel-limit", "0"),
    ("network.manage-offline-status", "false"),
    ("network.prefetch-next", "false"),
    ("services.settings.server", "\"data:,\""),
    ("signon.autofillForms", "false"),
    ("startup.homepage_welcome_url", "\"\""),
    ("toolkit.startup.max_resumed_crashes", "-1"),
    ("toolkit.telemetry.server", "\"data:,\""),
    ("trailhead.firstrun.didSeeAboutWelcome", "true"),
];

pub(super) async fn start(browser: &mut Browser, program: &Path, options: &Options) -> Result<()> {
    let profile = browser.profile()?;
    std::fs::write(profile.join("user.js"), preferences(options))?;
    let (width, height) = options.window.split_once('x').unwrap_or(("1280", "800"));
    let mut command = Command::new(program);
    if has_display(options) {
        // Without its own bars, and as large as the display.
        command.args(["--kiosk", "--width", width, "--height", height]);
        command.env("DISPLAY", browser.start_display(options).await?);
    } else {
        command.arg("--headless");
    }
    command
        .args(["--no-remote", "--new-instance", "--profile"])
        .arg(&profile)
        .arg(&browser.url)
        .current_dir(browser.folder("home")?)
        .envs(browser.environment()?)
        .env("MOZ_HEADLESS_WIDTH", width)
        .env("MOZ_HEADLESS_HEIGHT", height)
        .env("MOZ_CRASHREPORTER_DISABLE", "1");
    let process = Process::spawn(Process::quiet(&mut command), Signal::KILL, &mut browser.guard)?;
    browser.processes.push(process);
    Ok(())
}

/// Without one, Firefox has no WebGL, and no visible page.
fn has_display(options: &Options) -> bool {
    options.display || options.screenshot.is_some()
}

fn preferences(options: &Options) -> String {
    let mut text = String::new();
    let mut set = |name: &str, value: &str| {
        writeln!(text, "user_pref({name:?}, {value});").expect("a String");
    };
    for (name, value) in PREFERENCES {
        set(name, value);
    }
    if options.private {
        set("browser.privatebrowsing.autostart", "true");
    }
    if has_display(options) {
        // By software, which it does not do by itself.
        set("webgl.force-enabled", "true");
    }
    if options.deny_storage {
        set("network.cookie.cookieBehavior", "2");
    }
    if options.offline {
        // Else it takes itself for online at all times.
        set("network.manage-offline-status", "true");
    }
    if options.file {
        set("security.fileuri.strict_origin_policy", "false");
    }
    if let Some(bytes) = options.quota {
        // In KiB, for all origins together.
        let limit = bytes.div_ceil(1024).to_string();
        set("dom.quotaManager.temporaryStorage.fixedLimit", &limit);
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn preferences_are_javascript() {
        let options = Options::parse_from(["runner", "--quota", "1048576", "program.js"]);
        let text = preferences(&options);
        assert!(text.lines().all(|line| line.starts_with("user_pref(\"") && line.ends_with(");")));
        assert!(
            text.ends_with("user_pref(\"dom.quotaManager.temporaryStorage.fixedLimit\", 1024);\n")
        );
    }
}

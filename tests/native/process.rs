//! The ends of processes and threads.

use crate::backend::{child, stdout_of};
use crate::server;

/// In a process of its own, which a panic there would end.
#[test]
fn everything_may_be_called_at_the_end_of_a_thread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().expect("UTF-8");
    let url = server().url("");
    let ended = stdout_of(&mut child(&["end-of-a-thread", path, &url]));
    let gone = "gone: the request cannot be sent: the thread is ending, and the native \
        backend with it: start requests before";
    let gone = format!("{}gone: 1 in flight\n", format!("{gone}\n").repeat(3));
    let there = "told: Success\nthere: started\nthere: started\nthere: waited\ntold\ntold\n\
        there: 0 in flight\n";
    assert_eq!(ended, format!("{gone}{there}{there}"));
}

/// The child has none of its parent's threads, whose locks and connections stay the parent's.
#[cfg(unix)]
#[test]
fn a_forked_child_starts_nothing_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().expect("UTF-8");
    let both = stdout_of(&mut child(&["fork", path, &server().url("")]));
    let refused = "child: the request cannot be sent: this process was forked from one that \
        had started requests, whose threads it does not have: start a program by `exec`, or fork \
        before the first request\n";
    assert!(
        both.starts_with(&format!(
            "{}child: returns\nparent: the child's status is 0\n",
            refused.repeat(3)
        )),
        "{both}"
    );
    assert!(both.contains("told: Aborted"), "{both}");
    assert!(both.contains("Stored"), "{both}");
    assert!(both.ends_with("parent: returns\n"), "{both}");
}

/// A handler that never returns would leak it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn a_record_that_is_not_delivered_is_freed_before_the_handler() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().expect("UTF-8");
    let printed = stdout_of(&mut child(&["abort-a-lookup", path]));
    assert_eq!(printed, "aborted, 0 MiB\n");
}

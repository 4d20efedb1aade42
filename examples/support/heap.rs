//! How much memory the program holds.
#![allow(unsafe_code)]

/// The bytes that malloc has given out and free has not got back.
#[cfg(target_os = "emscripten")]
#[must_use]
pub fn heap_in_use() -> i64 {
    use std::ffi::c_int;

    /// dlmalloc's figures.
    #[repr(C)]
    struct MallInfo {
        arena: c_int,
        chunks: [c_int; 6],
        uordblks: c_int,
        fordblks: c_int,
        keepcost: c_int,
    }

    unsafe extern "C" {
        fn mallinfo() -> MallInfo;
    }

    // SAFETY: it only reads.
    unsafe { mallinfo() }.uordblks.into()
}

/// The bytes that are resident, nearly: natively the workers have heaps of their own. 0 where the system does not tell.
#[cfg(not(target_os = "emscripten"))]
#[must_use]
pub fn heap_in_use() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = resident.and_then(|rest| rest.split_whitespace().next()?.parse::<i64>().ok());
    kib.unwrap_or(0) * 1024
}

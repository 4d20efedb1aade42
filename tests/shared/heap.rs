//! The memory that the program holds.
#![allow(unsafe_code)]

/// The bytes that malloc has allocated and the program has not freed.
#[cfg(target_os = "emscripten")]
#[must_use]
pub fn in_use() -> i64 {
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

/// Always 0. Natively, the bodies come from the heaps of worker threads. The resident memory of the
/// process does not tell these heaps apart.
#[cfg(not(target_os = "emscripten"))]
#[must_use]
pub fn in_use() -> i64 {
    0
}

/// Where the heap ends, as an address. It never shrinks, so this is the most that the program has
/// ever used.
#[cfg(target_os = "emscripten")]
#[must_use]
pub fn end() -> usize {
    use std::ffi::c_void;

    unsafe extern "C" {
        fn sbrk(increment: isize) -> *mut c_void;
    }

    // SAFETY: it moves nothing.
    unsafe { sbrk(0) }.addr()
}

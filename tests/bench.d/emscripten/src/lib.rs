//! The functions between the programs and the page.

unsafe extern "C" {
    safe fn bench_done();
}

/// Tells the page that all requests are over.
pub fn done() {
    bench_done();
}

/// The size of the program's memory, in bytes.
// SAFETY: no other symbol of the program has this name.
#[unsafe(no_mangle)]
pub extern "C" fn bench_memory() -> f64 {
    bench_work::memory()
}

//! Links the browser's tests with what they need of Emscripten.

fn main() {
    println!("cargo::rerun-if-env-changed=FETCH_TEST_STREAMING");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "emscripten") {
        // What a handler that never returns has on its stack stays there, and the matrix has many.
        println!("cargo::rustc-link-arg-tests=-sSTACK_SIZE=1MB");
        // One for all of it, and one for what that starts: a thread that waits for another cannot
        // make it.
        if std::env::var("CARGO_CFG_TARGET_FEATURE")
            .is_ok_and(|all| all.split(',').any(|one| one == "atomics"))
        {
            println!("cargo::rustc-link-arg-tests=-sPTHREAD_POOL_SIZE=2");
        }
        // As most pages have it: they live on when main has returned. And with upstream's own
        // checks.
        println!("cargo::rerun-if-env-changed=FETCH_TEST_ASSERTIONS");
        if std::env::var("FETCH_TEST_ASSERTIONS").is_ok_and(|value| value == "yes") {
            println!("cargo::rustc-link-arg-tests=-sEXIT_RUNTIME=0");
            println!("cargo::rustc-link-arg-tests=-sASSERTIONS=1");
        }
        // Each takes back what .cargo/config.toml asks for: `default`, a heap of 16 MiB that cannot
        // grow, as a program has it that is linked without any flag; `max`, one that grows so far
        // and no further.
        println!("cargo::rerun-if-env-changed=FETCH_TEST_HEAP");
        match std::env::var("FETCH_TEST_HEAP").as_deref() {
            Ok("default") => println!("cargo::rustc-link-arg-tests=-sALLOW_MEMORY_GROWTH=0"),
            Ok("max") => println!("cargo::rustc-link-arg-tests=-sMAXIMUM_MEMORY=64MB"),
            _ => {}
        }
        // Where this Emscripten has it, as the caller says.
        if std::env::var("FETCH_TEST_STREAMING").is_ok_and(|value| value == "yes") {
            println!("cargo::rustc-link-arg-tests=-sFETCH_STREAMING=1");
        }
    }
}

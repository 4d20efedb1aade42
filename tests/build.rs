//! Links the browser's tests with the parts of Emscripten that they need.

fn main() {
    println!("cargo::rerun-if-env-changed=FETCH_TEST_STREAMING");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "emscripten") {
        // A handler that never returns keeps its stack, and the matrix has many.
        println!("cargo::rustc-link-arg-tests=-sSTACK_SIZE=1MB");
        // One thread for the tests, and one that a test starts: a thread that waits for another
        // cannot create it.
        if std::env::var("CARGO_CFG_TARGET_FEATURE")
            .is_ok_and(|all| all.split(',').any(|one| one == "atomics"))
        {
            println!("cargo::rustc-link-arg-tests=-sPTHREAD_POOL_SIZE=2");
        }
        // As most pages are linked: they live on when main has returned. And with Emscripten's own
        // assertions.
        println!("cargo::rerun-if-env-changed=FETCH_TEST_ASSERTIONS");
        if std::env::var("FETCH_TEST_ASSERTIONS").is_ok_and(|value| value == "yes") {
            println!("cargo::rustc-link-arg-tests=-sEXIT_RUNTIME=0");
            println!("cargo::rustc-link-arg-tests=-sASSERTIONS=1");
        }
        // Each value overrules .cargo/config.toml. `default` is a heap of 16 MiB that cannot grow,
        // as a program has it that is linked without a flag; `max` is one that grows up to 64 MiB.
        println!("cargo::rerun-if-env-changed=FETCH_TEST_HEAP");
        match std::env::var("FETCH_TEST_HEAP").as_deref() {
            Ok("default") => println!("cargo::rustc-link-arg-tests=-sALLOW_MEMORY_GROWTH=0"),
            Ok("max") => println!("cargo::rustc-link-arg-tests=-sMAXIMUM_MEMORY=64MB"),
            _ => {}
        }
        println!("cargo::rerun-if-env-changed=FETCH_TEST_JSPI");
        if std::env::var("FETCH_TEST_JSPI").is_ok_and(|value| value == "yes") {
            println!("cargo::rustc-link-arg-tests=-sJSPI");
        }
        // The caller says whether this Emscripten has it.
        if std::env::var("FETCH_TEST_STREAMING").is_ok_and(|value| value == "yes") {
            println!("cargo::rustc-link-arg-tests=-sFETCH_STREAMING=1");
            // Debian's Emscripten that has it builds its libraries when they are linked. Of C++, a
            // program in Rust needs only what its panics unwind with.
            for argument in ["-sDEFAULT_TO_CXX=0", "-lc++abi", "-lunwind"] {
                println!("cargo::rustc-link-arg={argument}");
            }
        }
    }
}

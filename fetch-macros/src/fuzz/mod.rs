//! Fuzzes both macros: mutated inputs must become expansions that parse, or errors.
//!
//! `FUZZ_RUNS=1000000 FUZZ_SEED=7 cargo test -p fetch-macros --lib -- --nocapture token_streams`
//! sets the number of inputs, and the seed.

mod mutation;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use fastrand::Rng;
use proc_macro2::TokenStream;

use crate::testing::tokens;
use crate::{handler, request};

/// The inputs between two calls that empty proc-macro2's memory of all sources.
const BATCH: u64 = 5_000;

#[test]
fn token_streams() {
    run(number("FUZZ_RUNS", 20_000), number("FUZZ_SEED", 0x5eed));
}

fn number(variable: &str, default: u64) -> u64 {
    match env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|error| panic!("{variable}={text}: {error}")),
        Err(_) => default,
    }
}

fn run(runs: u64, seed: u64) {
    println!("{runs} token streams, FUZZ_SEED={seed}");
    let mut rejected = 0;
    for first in (0..runs).step_by(usize::try_from(BATCH).unwrap_or(1)) {
        // Each batch has a seed of its own, which a failure prints, so that it can be repeated.
        let seed = seed + first;
        let mut random = Rng::with_seed(seed);
        let requests = request::tests::VALID.map(tokens);
        let handlers =
            handler::tests::VALID.map(|(arguments, item)| [tokens(arguments), tokens(item)]);
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let batch = 0..BATCH.min(runs - first);
            batch.filter(|_| is_rejected(&mut random, &requests, &handlers)).count()
        }));
        rejected += attempt.unwrap_or_else(|panic| {
            println!("failed: FUZZ_RUNS={BATCH} FUZZ_SEED={seed}");
            resume_unwind(panic)
        });
        drop((requests, handlers));
        proc_macro2::extra::invalidate_current_thread_spans();
    }
    println!("{rejected} of them were rejected");
    assert!(rejected > 0, "no mutation made an input invalid");
}

/// Expands one mutated input. Returns whether a macro rejected it.
fn is_rejected(random: &mut Rng, requests: &[TokenStream], handlers: &[[TokenStream; 2]]) -> bool {
    if random.bool() {
        let mut input = mutation::one_of(random, requests).clone();
        for _ in 0..random.usize(..5) {
            input = mutation::mutated(input, random, requests);
        }
        request::tests::survives(input)
    } else {
        let [mut arguments, mut item] = mutation::one_of(random, handlers).clone();
        let all_items: Vec<_> = handlers.iter().map(|[_, item]| item.clone()).collect();
        let all_arguments: Vec<_> =
            handlers.iter().map(|[arguments, _]| arguments.clone()).collect();
        for _ in 0..random.usize(..5) {
            item = mutation::mutated(item, random, &all_items);
        }
        for _ in 0..random.usize(..3) {
            arguments = mutation::mutated(arguments, random, &all_arguments);
        }
        handler::tests::survives(arguments, item)
    }
}

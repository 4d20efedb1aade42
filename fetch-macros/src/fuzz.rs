//! Any token stream becomes an expansion that parses, or errors: as many as one likes, spoiled from
//! valid ones.
//!
//! `FUZZ_RUNS=1000000 FUZZ_SEED=7 cargo test -p fetch-macros --lib -- --nocapture token_streams`:
//! so many, and which.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use proc_macro2::TokenStream;

use crate::testing::{Random, tokens};
use crate::{handler, request};

/// After so many, what proc-macro2 remembers of each source is forgotten.
const BATCH: u64 = 5_000;

fn number(variable: &str, default: u64) -> u64 {
    match env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|error| panic!("{variable}={text}: {error}")),
        Err(_) => default,
    }
}

#[test]
fn token_streams() {
    run(number("FUZZ_RUNS", 20_000), number("FUZZ_SEED", 0x5eed));
}

fn run(runs: u64, seed: u64) {
    println!("{runs} token streams, FUZZ_SEED={seed}");
    let mut refused = 0;
    for first in (0..runs).step_by(usize::try_from(BATCH).unwrap_or(1)) {
        // A batch can be repeated by itself: `FUZZ_RUNS=5000 FUZZ_SEED=…`, with the seed that a
        // failure prints.
        let seed = seed + first;
        let mut random = Random::new(seed);
        let requests = request::tests::VALID.map(tokens);
        let handlers =
            handler::tests::VALID.map(|(arguments, item)| [tokens(arguments), tokens(item)]);
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let batch = 0..BATCH.min(runs - first);
            batch.filter(|_| one(&mut random, &requests, &handlers)).count()
        }));
        refused += attempt.unwrap_or_else(|panic| {
            println!("failed: FUZZ_RUNS={BATCH} FUZZ_SEED={seed}");
            resume_unwind(panic)
        });
        drop((requests, handlers));
        proc_macro2::extra::invalidate_current_thread_spans();
    }
    println!("{refused} of them were refused");
    assert!(refused > 0, "nothing was spoiled");
}

/// Tells whether it was refused.
fn one(random: &mut Random, requests: &[TokenStream], handlers: &[[TokenStream; 2]]) -> bool {
    if random.below(2) == 0 {
        let mut input = random.one_of(requests).clone();
        for _ in 0..random.below(5) {
            input = random.spoil(input, requests);
        }
        request::tests::survives(input)
    } else {
        let [mut arguments, mut item] = random.one_of(handlers).clone();
        let others: Vec<_> = handlers.iter().map(|[_, item]| item.clone()).collect();
        let all: Vec<_> = handlers.iter().map(|[arguments, _]| arguments.clone()).collect();
        for _ in 0..random.below(5) {
            item = random.spoil(item, &others);
        }
        for _ in 0..random.below(3) {
            arguments = random.spoil(arguments, &all);
        }
        handler::tests::survives(arguments, item)
    }
}

//! Prints, and fetches by the C functions: the difference to `prints_and_fetches` is the cost of
//! the crate.

#[path = "by_hand.rs"]
mod by_hand;

fn main() {
    println!("hello");
    by_hand::main();
}

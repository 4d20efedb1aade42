//! Prints a line: what a program weighs that does nothing else.

fn main() {
    println!("hello");
}

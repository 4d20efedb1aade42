//! The tasks of an executor, by their places.

use std::cell::{Cell, OnceCell};
use std::mem;
use std::rc::Rc;

use super::queue::Place;

/// How many places a block has.
const BLOCK: usize = 64;

/// A list of blocks. A `Vec` that grows would add a kilobyte to the smallest program.
pub(super) struct Tasks<T> {
    first: Next<T>,
    first_free: Cell<Place>,
}

struct Block<T> {
    slots: [Cell<Slot<T>>; BLOCK],
    next: Next<T>,
}

/// The next block, from when it is first needed.
type Next<T> = OnceCell<Box<Block<T>>>;

enum Slot<T> {
    Task(Rc<T>),
    /// A place that had a task: with the free place after it.
    Free(Place),
    /// A place that had none yet: the next one is free as well.
    Unused,
}

impl<T> Tasks<T> {
    pub(super) const fn new() -> Self {
        Self { first: OnceCell::new(), first_free: Cell::new(0) }
    }

    /// Adds the task that `make` makes for its place.
    pub(super) fn add(&self, make: impl FnOnce(Place) -> T) -> Rc<T> {
        let place = self.first_free.get();
        let task = Rc::new(make(place));
        let next = match self.slot(place).replace(Slot::Task(Rc::clone(&task))) {
            Slot::Free(next) => next,
            Slot::Unused | Slot::Task(_) => place + 1,
        };
        self.first_free.set(next);
        task
    }

    pub(super) fn get(&self, place: Place) -> Option<Rc<T>> {
        let slot = self.slot(place);
        let content = slot.replace(Slot::Unused);
        let task = match &content {
            Slot::Task(task) => Some(Rc::clone(task)),
            Slot::Free(_) | Slot::Unused => None,
        };
        // The slot is unused meanwhile: nothing is dropped.
        mem::forget(slot.replace(content));
        task
    }

    /// Removes the task of this place.
    pub(super) fn remove(&self, place: Place) {
        let next = self.first_free.replace(place);
        drop(self.slot(place).replace(Slot::Free(next)));
    }

    fn slot(&self, place: Place) -> &Cell<Slot<T>> {
        let mut block = Block::get(&self.first);
        for _ in 0..place / BLOCK {
            block = Block::get(&block.next);
        }
        &block.slots[place % BLOCK]
    }
}

impl<T> Block<T> {
    /// Not `get_or_init`, which can panic.
    fn get(next: &Next<T>) -> &Self {
        loop {
            if let Some(block) = next.get() {
                return block;
            }
            let slots = [const { Cell::new(Slot::Unused) }; BLOCK];
            drop(next.set(Box::new(Self { slots, next: OnceCell::new() })));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Over the borders of blocks, too.
    #[test]
    fn places_are_used_again() {
        let tasks = Tasks::new();
        for place in 0..1000 {
            assert_eq!(*tasks.add(|place| place), place);
        }
        for place in [999, 0, 500, 64, 63] {
            tasks.remove(place);
            assert!(tasks.get(place).is_none());
        }
        for expected in [63, 64, 500, 0, 999, 1000] {
            assert_eq!(*tasks.add(|place| place), expected);
        }
        assert!((0..1001).all(|place| tasks.get(place).is_some_and(|task| *task == place)));
    }
}

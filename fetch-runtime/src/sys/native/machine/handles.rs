//! Handles, as upstream allocates them: small indices from 1. The handle freed last is reused
//! first.

/// Values by handle.
pub(super) struct Handles<T> {
    /// Index 0 stays empty: a fetch without a request has that as its id.
    slots: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Handles<T> {
    fn default() -> Self {
        Self { slots: vec![None], free: Vec::new() }
    }
}

impl<T> Handles<T> {
    pub(super) fn allocate(&mut self, value: T) -> u32 {
        if let Some(id) = self.free.pop() {
            self.slots[id as usize] = Some(value);
            return id;
        }
        let id = u32::try_from(self.slots.len()).expect("fewer than 2^32 requests");
        self.slots.push(Some(value));
        id
    }

    pub(super) fn get(&self, id: u32) -> Option<&T> {
        self.slots.get(id as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: u32) -> Option<&mut T> {
        self.slots.get_mut(id as usize)?.as_mut()
    }

    pub(super) fn free(&mut self, id: u32) -> Option<T> {
        let value = self.slots.get_mut(id as usize)?.take()?;
        self.free.push(id);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_start_at_1_and_the_last_one_freed_comes_back_first() {
        let mut handles = Handles::default();
        assert_eq!([(); 3].map(|()| handles.allocate("a")), [1, 2, 3]);
        assert_eq!(handles.free(1), Some("a"));
        assert_eq!(handles.free(3), Some("a"));
        assert_eq!(handles.free(3), None, "a double free frees nothing");
        assert_eq!([(); 3].map(|()| handles.allocate("b")), [3, 1, 4]);
    }

    #[test]
    fn neither_0_nor_the_largest_number_is_a_handle() {
        let mut handles = Handles::default();
        handles.allocate(());
        assert!(handles.get(0).is_none());
        assert!(handles.get(u32::MAX).is_none());
        assert!(handles.free(0).is_none());
    }
}

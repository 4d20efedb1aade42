//! Follows paths through imports and re-exports to the files that define their items.

use std::collections::BTreeSet;

use super::krate::{Binding, Crate, FileId, ModuleId};

/// The thing that a path leads to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Item(ModuleId),
    Module(ModuleId),
}

/// Follows the paths of one crate.
pub(super) struct Resolver<'a> {
    krate: &'a Crate,
    /// The lookups that are under way, since globs may lead in a circle.
    pending: Vec<(ModuleId, String)>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(krate: &'a Crate) -> Self {
        Self { krate, pending: Vec::new() }
    }

    /// The files that define the item of this path, seen from a module. None for paths into other
    /// crates, and none for modules: a file depends on their items.
    pub(super) fn files(&mut self, from: ModuleId, path: &[String]) -> BTreeSet<FileId> {
        let ends = self.follow(from, path);
        let items = ends.into_iter().filter_map(|end| match end {
            End::Item(module) => Some(self.krate.modules[module].file),
            End::Module(_) => None,
        });
        items.collect()
    }

    fn follow(&mut self, from: ModuleId, path: &[String]) -> BTreeSet<End> {
        let Some((first, rest)) = path.split_first() else { return BTreeSet::new() };
        let mut ends = match first.as_str() {
            "crate" => BTreeSet::from([End::Module(0)]),
            "self" => BTreeSet::from([End::Module(from)]),
            "super" => {
                let parent = self.krate.modules[from].parent.map(End::Module);
                parent.into_iter().collect()
            }
            name => self.lookup(from, name),
        };
        for name in rest {
            let mut next = BTreeSet::new();
            for end in ends {
                match end {
                    // A variant, or an associated item.
                    End::Item(module) => drop(next.insert(End::Item(module))),
                    End::Module(module) => next.extend(self.member(module, name)),
                }
            }
            ends = next;
        }
        ends
    }

    /// Where `module::name` leads. A name that a macro has made is taken for an item of the module.
    fn member(&mut self, module: ModuleId, name: &str) -> BTreeSet<End> {
        match name {
            "self" => BTreeSet::from([End::Module(module)]),
            "super" => self.krate.modules[module].parent.map(End::Module).into_iter().collect(),
            name => {
                let found = self.lookup(module, name);
                match found.is_empty() && !self.may_import(module, name) {
                    true => BTreeSet::from([End::Item(module)]),
                    false => found,
                }
            }
        }
    }

    /// Whether a module may import this name, be it from another crate.
    fn may_import(&self, module: ModuleId, name: &str) -> bool {
        let module = &self.krate.modules[module];
        module.names.contains_key(name) || !module.globs.is_empty()
    }

    fn lookup(&mut self, module: ModuleId, name: &str) -> BTreeSet<End> {
        let krate = self.krate;
        let wanted = (module, name.to_owned());
        // In `mod stats; pub use stats::stats;` the import asks for its own name: for the module.
        let asks_itself = self.pending.contains(&wanted);
        self.pending.push(wanted);
        let mut ends = BTreeSet::new();
        for binding in krate.modules[module].names.get(name).into_iter().flatten() {
            match binding {
                Binding::Item => drop(ends.insert(End::Item(module))),
                Binding::Module(child) => drop(ends.insert(End::Module(*child))),
                Binding::Import(_) if asks_itself => {}
                Binding::Import(path) => ends.extend(self.follow(module, path)),
            }
        }
        let is_named = krate.modules[module].names.contains_key(name);
        if !is_named && !asks_itself {
            for glob in &krate.modules[module].globs {
                for end in self.follow(module, glob) {
                    if let End::Module(other) = end {
                        ends.extend(self.lookup(other, name));
                    }
                }
            }
        }
        self.pending.pop();
        ends
    }
}

//! The modules of a crate: which file each one is in, which names it defines and imports.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Item, Lit, Meta, UseTree};

use super::items::{attributes, defined, is_for_tests, plain};
use super::uses;

pub(super) type ModuleId = usize;
pub(super) type FileId = usize;

/// The modules and files of a crate, of all targets, without its tests.
#[derive(Default)]
pub(super) struct Crate {
    pub(super) files: Vec<PathBuf>,
    pub(super) modules: Vec<Module>,
}

pub(super) struct Module {
    pub(super) file: FileId,
    pub(super) parent: Option<ModuleId>,
    pub(super) names: HashMap<String, Vec<Binding>>,
    pub(super) globs: Vec<Vec<String>>,
    /// The paths that its code uses, private imports included.
    pub(super) uses: Vec<Vec<String>>,
}

/// The meaning of a name, which may have several: of different targets or namespaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Binding {
    Item,
    Module(ModuleId),
    Import(Vec<String>),
}

impl Crate {
    /// Reads the crate whose root is `lib.rs` in this folder.
    pub(super) fn read(source: &Path) -> Result<Self> {
        let mut krate = Self::default();
        krate.read_file(&source.join("lib.rs"), source, None)?;
        Ok(krate)
    }

    /// Reads a file as a new module, whose submodules are in `folder`.
    fn read_file(
        &mut self,
        path: &Path,
        folder: &Path,
        parent: Option<ModuleId>,
    ) -> Result<ModuleId> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let syntax = syn::parse_file(&text).with_context(|| path.display().to_string())?;
        let file = self.files.len();
        self.files.push(path.to_owned());
        let module = self.new_module(file, parent);
        self.read_items(module, folder, path, &syntax.items)?;
        Ok(module)
    }

    fn new_module(&mut self, file: FileId, parent: Option<ModuleId>) -> ModuleId {
        self.modules.push(Module {
            file,
            parent,
            names: HashMap::new(),
            globs: Vec::new(),
            uses: Vec::new(),
        });
        self.modules.len() - 1
    }

    fn read_items(
        &mut self,
        module: ModuleId,
        folder: &Path,
        path: &Path,
        items: &[Item],
    ) -> Result<()> {
        for item in items {
            if is_for_tests(attributes(item)) {
                continue;
            }
            if let Item::Mod(declared) = item {
                let name = plain(&declared.ident);
                let child = match &declared.content {
                    Some((_, items)) => {
                        let child = self.new_module(self.modules[module].file, Some(module));
                        self.read_items(child, &folder.join(&name), path, items)?;
                        child
                    }
                    None => {
                        let (file, inner) = file_of(&declared.attrs, &name, folder, path);
                        self.read_file(&file, &inner, Some(module))?
                    }
                };
                self.bind(module, name, Binding::Module(child));
                continue;
            }
            for name in defined(item) {
                self.bind(module, name, Binding::Item);
            }
            let mut variables = Variables::default();
            variables.visit_item(item);
            Collector { krate: self, module, variables: variables.0 }.visit_item(item);
        }
        Ok(())
    }

    fn bind(&mut self, module: ModuleId, name: String, binding: Binding) {
        self.modules[module].names.entry(name).or_default().push(binding);
    }
}

/// Collects the imports and paths of an item.
struct Collector<'a> {
    krate: &'a mut Crate,
    module: ModuleId,
    variables: HashSet<String>,
}

/// The names that the patterns in an item bind.
#[derive(Default)]
struct Variables(HashSet<String>);

impl<'ast> Visit<'ast> for Variables {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.0.insert(plain(&pattern.ident));
        visit::visit_pat_ident(self, pattern);
    }
}

impl Collector<'_> {
    fn import(&mut self, tree: &UseTree, mut prefix: Vec<String>, is_private: bool) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(plain(&path.ident));
                self.import(&path.tree, prefix, is_private);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, prefix.clone(), is_private);
                }
            }
            UseTree::Name(name) => self.import_name(prefix, &plain(&name.ident), None, is_private),
            UseTree::Rename(rename) => {
                let new_name = plain(&rename.rename);
                self.import_name(prefix, &plain(&rename.ident), Some(new_name), is_private);
            }
            UseTree::Glob(_) => self.krate.modules[self.module].globs.push(prefix),
        }
    }

    fn import_name(
        &mut self,
        mut path: Vec<String>,
        name: &str,
        new_name: Option<String>,
        is_private: bool,
    ) {
        let new_name = match (name, new_name) {
            (_, Some(new_name)) => new_name,
            ("self", None) => path.last().cloned().unwrap_or_default(),
            (name, None) => name.to_owned(),
        };
        if name != "self" {
            path.push(name.to_owned());
        }
        // A re-export is a signpost: the files that follow it depend on the definition.
        if is_private {
            self.krate.modules[self.module].uses.push(path.clone());
        }
        self.krate.bind(self.module, new_name, Binding::Import(path));
    }

    fn uses(&mut self, path: Vec<String>) {
        self.krate.modules[self.module].uses.push(path);
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let is_private = matches!(item.vis, syn::Visibility::Inherited);
        if item.leading_colon.is_none() {
            self.import(&item.tree, Vec::new(), is_private);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.uses(path.segments.iter().map(|segment| plain(&segment.ident)).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        let name = path.path.get_ident().map(plain);
        if !name.is_some_and(|name| self.variables.contains(&name)) {
            visit::visit_expr_path(self, path);
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        for path in uses::in_tokens(call.tokens.clone()) {
            self.uses(path);
        }
        visit::visit_macro(self, call);
    }

    // Visibilities and attributes name modules on which nothing depends.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

/// The file of `mod name;` in the file `path`, and the folder of its submodules.
fn file_of(attributes: &[Attribute], name: &str, folder: &Path, path: &Path) -> (PathBuf, PathBuf) {
    if let Some(given) = attributes.iter().find_map(path_attribute) {
        let file = path.parent().unwrap_or(path).join(given);
        // rustc looks for the submodules of a file with #[path] beside it.
        let inner = file.parent().unwrap_or(&file).to_owned();
        return (file, inner);
    }
    let inner = folder.join(name);
    let own = inner.join("mod.rs");
    let file = if own.is_file() { own } else { folder.join(format!("{name}.rs")) };
    (file, inner)
}

fn path_attribute(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let Expr::Lit(literal) = &pair.value else { return None };
    let Lit::Str(text) = &literal.lit else { return None };
    pair.path.is_ident("path").then(|| text.value())
}

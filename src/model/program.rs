//! A file with everything it imports: modules, their top-level names and their units.

use super::fitted::{Attached, FittedFile, Found};
use super::sources::Sources;
use crate::diagnostic::{Diagnostic, Diagnostics, Files, Span};
use crate::limits;
use crate::syntax::tree::{Ast, ConfigValue, Const, Expr, ExprKind, Ident, Item, Line, LineKind, TaskKind, Use};
use indexmap::IndexMap;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A main file and its imports, parsed, with their top-level names bound.
#[derive(Clone, Debug)]
pub struct Program {
    /// Every text, for the places of diagnostics.
    pub files: Files,
    /// The main file is the first.
    pub modules: Vec<Module>,
    /// Whether any unit is written anywhere: then dimensions are checked, else every quantity is a
    /// pure number.
    pub has_units: bool,
    /// Places of the errors that reading it found: what follows from them is not reported again.
    pub broken: Vec<Span>,
    /// SHA-256 of the main text and of every import, in the order of reading.
    pub hash: String,
    /// Bytes of the data files that lines of the main file name, by path as written; a sentence says why
    /// one cannot be read.
    pub data: IndexMap<String, Result<Arc<[u8]>, String>>,
    /// Bytes of the pictures that each module reads, by module and path as written.
    pub pictures: IndexMap<(usize, String), Result<Arc<[u8]>, String>>,
    /// Files of fitted systems among the imports.
    pub fitted: Vec<Attached>,
}

/// One file, or all files of a folder of the standard library together.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// As shown to the user.
    pub name: String,
    /// Its items, in the order of the text.
    pub items: Vec<Arc<Item>>,
    /// Names of the top level.
    pub names: IndexMap<String, Binding>,
    /// Units, which live apart from all other names: module and item of each declaration.
    pub units: IndexMap<String, (usize, usize)>,
    /// Numbers of its texts among [`Program::files`]; a block of an experiment has none.
    pub files: Vec<u32>,
    /// What its texts import: path as written, and module.
    pub uses: Vec<(String, usize)>,
}

/// What a top-level name stands for.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Where it was declared or imported.
    pub span: Span,
    /// What it is.
    pub target: Target,
}

/// The thing behind a [`Binding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Item `item` of module `module`; `part` is the entry of a `const` line.
    Item {
        /// Index into [`Program::modules`].
        module: usize,
        /// Index into [`Module::items`].
        item: usize,
        /// Which entry of the item.
        part: usize,
    },
    /// A whole module: `P` after `use … as P`.
    Module(usize),
}

/// Reads a program: the main text and, through `sources`, all it imports.
pub fn load(name: &str, text: &str, sources: &dyn Sources) -> (Program, Diagnostics) {
    let mut loader = Loader {
        files: Files::new(),
        modules: Vec::new(),
        by_name: IndexMap::new(),
        open: Vec::new(),
        sources,
        diagnostics: Diagnostics::new(),
        hash: Sha256::new(),
        unbound: Vec::new(),
        data: IndexMap::new(),
        pictures: IndexMap::new(),
        carried: IndexMap::new(),
        fitted: Vec::new(),
        fronts: Vec::new(),
    };
    loader.module(name.to_owned(), vec![(name.to_owned(), text.to_owned())]);
    loader.bind_imports();
    loader.data_files();
    let has_units = loader.mentioned();
    let digest = loader.hash.finalize();
    let hash = digest.iter().map(|b| format!("{b:02x}")).collect();
    let program = Program {
        files: loader.files,
        modules: loader.modules,
        has_units,
        broken: errors_of(&loader.diagnostics),
        hash,
        data: loader.data,
        pictures: loader.pictures,
        fitted: loader.fitted,
    };
    let mut diagnostics = loader.diagnostics;
    diagnostics.extend(super::resolve::top_level(&program).sorted());
    (program, diagnostics)
}

fn errors_of(diagnostics: &Diagnostics) -> Vec<Span> {
    diagnostics.iter().filter(|d| d.is_error()).map(|d| d.span).collect()
}

impl Program {
    /// Reads a further text, `shown` under this name: its items, its place, and its problems.
    pub fn add_text(&mut self, shown: &str, text: &str) -> (Vec<Item>, Span, Vec<Diagnostic>) {
        let file = self.files.add(shown, text);
        let (ast, problems) = crate::syntax::parse(file, text);
        self.has_units |= ast.items.iter().any(|i| super::mentions::mentions(i).units);
        (ast.items, Span::new(file, 0, text.len()), problems)
    }

    /// The program with the `const` lines of an experiment's block as a module of its own, behind the
    /// others; its names hide those of the file.
    pub fn with_block(&self, consts: &[Const]) -> (Program, usize, Diagnostics) {
        let mut out = Diagnostics::new();
        let mut program = self.clone();
        let number = program.modules.len();
        let main = program.modules.first().cloned();
        let mut names = main.as_ref().map(|m| m.names.clone()).unwrap_or_default();
        let mut own: IndexMap<String, Span> = IndexMap::new();
        for (item, c) in consts.iter().enumerate() {
            if let Some(first) = own.insert(c.name.name.clone(), c.name.span) {
                let d = Diagnostic::error("E0120", c.name.span, format!("`{}` is declared twice", c.name.name));
                out.push(d.at("the second declaration").label(first, "the first one").help("rename one of them"));
                continue;
            }
            let target = Target::Item { module: number, item, part: 0 };
            names.insert(c.name.name.clone(), Binding { span: c.name.span, target });
        }
        program.modules.push(Module {
            name: main.as_ref().map(|m| m.name.clone()).unwrap_or_default(),
            items: consts.iter().map(|c| Arc::new(Item::Const(c.clone()))).collect(),
            names,
            units: main.map(|m| m.units).unwrap_or_default(),
            files: Vec::new(),
            uses: Vec::new(),
        });
        (program, number, out)
    }

    /// Whether an error of reading lies in item `item` of the main file, or where it may concern every
    /// system: outside of all of them, or in what this one is built on.
    pub fn is_broken_in(&self, module: usize, item: usize) -> bool {
        let inside = |s: &crate::syntax::tree::System, at: &Span| {
            s.span.file == at.file && s.span.start <= at.start && at.end <= s.span.end
        };
        let Some(Item::System(system)) = self.modules.get(module).and_then(|m| m.items.get(item)).map(|i| &**i) else {
            return !self.broken.is_empty();
        };
        let alone = matches!(&system.body, crate::syntax::tree::SystemBody::Block { extends: None, .. });
        let in_another = |at: &Span| {
            self.modules.iter().flat_map(|m| &m.items).any(|i| matches!(&**i, Item::System(s) if inside(s, at)))
        };
        self.broken.iter().any(|at| !alone || inside(system, at) || !in_another(at))
    }

    /// Whether reading stopped behind a statement on its last line, so that it may be the first half of
    /// another.
    pub fn breaks_off(&self, statement: Span) -> bool {
        self.broken.iter().any(|at| {
            let Some(file) = self.files.get(at.file).filter(|_| at.file == statement.file) else { return false };
            let between = file.text.get(statement.end as usize..at.start as usize);
            between.is_some_and(|text| !text.contains('\n'))
        })
    }

    /// Whether an error of reading begins right behind an expression, on its line.
    pub fn is_cut_short(&self, value: Span) -> bool {
        let behind = |at: &Span| {
            let between = Span { start: value.end, end: at.start, ..value };
            at.file == value.file
                && at.start >= value.end
                && self.files.text(between).chars().all(|c| c.is_whitespace() && c != '\n')
        };
        self.broken.iter().any(behind)
    }

    /// Whether a name is written on a line that could not be read.
    pub fn on_a_broken_line(&self, name: &str) -> bool {
        self.broken.iter().any(|at| {
            let Some(file) = self.files.get(at.file) else { return false };
            let start = file.text[..at.start as usize].rfind('\n').map_or(0, |i| i + 1);
            let end = file.text[at.end as usize..].find('\n').map_or(file.text.len(), |i| at.end as usize + i);
            let line = &file.text[start..end];
            line.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == name)
        })
    }
}

/// The file that a `data` line reads.
fn data_files(line: &Line) -> Vec<String> {
    let LineKind::Task { kind: TaskKind::Data, value, config, .. } = &line.kind else { return Vec::new() };
    let ExprKind::Call { callee, args } = &*value.kind else { return Vec::new() };
    let path = |e: &Expr| match &*e.kind {
        ExprKind::Text(path, _) => Some(path.clone()),
        _ => None,
    };
    match &*callee.kind {
        // An array is a file of its own, and may stand among the options: `{ x' = "u.npy" }`.
        ExprKind::Name(word) if word == "npy" => {
            let options = config.iter().flat_map(|c| &c.entries).filter_map(|e| match &e.value {
                ConfigValue::Expr(e) => Some(e),
                ConfigValue::Config(_) => None,
            });
            let list = args.iter().map(|a| &a.value).chain(options).filter_map(path);
            list.filter(|p| p.ends_with(".npy")).collect()
        }
        ExprKind::Name(word) if DATA_FILES.contains(&word.as_str()) => {
            args.first().and_then(|a| path(&a.value)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Calls of a `data` line that read a file.
pub const DATA_FILES: [&str; 3] = ["csv", "npz", "npy"];

struct Loader<'s> {
    files: Files,
    modules: Vec<Module>,
    by_name: IndexMap<String, usize>,
    open: Vec<String>,
    sources: &'s dyn Sources,
    diagnostics: Diagnostics,
    hash: Sha256,
    unbound: Vec<(usize, Arc<Item>, usize)>,
    data: IndexMap<String, Result<Arc<[u8]>, String>>,
    pictures: IndexMap<(usize, String), Result<Arc<[u8]>, String>>,
    /// Imports of carried texts: name of the text and path as written; name and texts of the module.
    carried: IndexMap<(String, String), Texts>,
    fitted: Vec<Attached>,
    /// What is seen of files of fitted systems: a module with one name, the module of the text, and that name.
    fronts: Vec<(usize, usize, String)>,
}

/// A module by its name, and its texts by theirs.
type Texts = (String, Vec<(String, String)>);

impl Loader<'_> {
    fn module(&mut self, name: String, texts: Vec<(String, String)>) -> usize {
        let number = self.modules.len();
        self.modules.push(Module {
            name: name.clone(),
            items: Vec::new(),
            names: IndexMap::new(),
            units: IndexMap::new(),
            files: Vec::new(),
            uses: Vec::new(),
        });
        self.by_name.insert(name.clone(), number);
        self.open.push(name);
        let mut items: Vec<Arc<Item>> = Vec::new();
        for (shown, text) in texts {
            self.hash.update((text.len() as u64).to_le_bytes());
            self.hash.update(text.as_bytes());
            let file = self.files.add(shown.clone(), text.clone());
            self.modules[number].files.push(file);
            let (ast, problems) = crate::syntax::parse(file, &text);
            self.diagnostics.extend(problems);
            self.version(&ast);
            for item in ast.items {
                let item = Arc::new(item);
                if let Item::Use(line) = &*item {
                    if let Some(target) = self.import(line, &shown) {
                        let behind = self.fronts.iter().find(|f| f.0 == target).map_or(target, |f| f.1);
                        self.modules[number].uses.push((line.path.clone(), behind));
                        self.unbound.push((number, item.clone(), target));
                    }
                }
                items.push(item);
            }
        }
        self.modules[number].items = items;
        self.declare(number);
        self.open.pop();
        number
    }

    fn version(&mut self, ast: &Ast) {
        if let Some((version, span)) = &ast.version {
            if version != "0.1" {
                self.diagnostics.push(
                    Diagnostic::error(
                        "E0129",
                        *span,
                        format!("this file is written for `sys {version}`, and this hamel reads `sys 0.1`"),
                    )
                    .help("get a newer hamel, or change the first line to `sys 0.1`"),
                );
            }
        }
    }

    fn import(&mut self, line: &Use, from: &str) -> Option<usize> {
        let fail = |message: String| Diagnostic::error("E0123", line.path_span, message);
        if self.open.len() >= limits::IMPORT_DEPTH || self.modules.len() >= limits::IMPORT_FILES {
            self.diagnostics.push(fail(format!(
                "imports are nested too deeply or are too many (limits: {} deep, {} files)",
                limits::IMPORT_DEPTH,
                limits::IMPORT_FILES
            )));
            return None;
        }
        if line.quoted && line.path.ends_with(".safetensors") && !self.carries(from, line) {
            return self.fitted_file(line, from);
        }
        let (name, texts) = if let Some(texts) = self.carried.get(&(from.to_owned(), line.path.clone())) {
            texts.clone()
        } else if line.quoted {
            match self.sources.read(from, &line.path) {
                Ok((name, text)) => (name.clone(), vec![(name, text)]),
                Err(sentence) => {
                    self.diagnostics.push(fail(sentence));
                    return None;
                }
            }
        } else {
            let library = line.path.strip_prefix("std/");
            match library.and_then(|l| self.sources.standard(l)) {
                Some(texts) => (line.path.clone(), texts),
                None => {
                    let known = self.sources.standard_names();
                    let mut d = fail(format!("there is no `{}` in the standard library", line.path));
                    d = match super::suggest(library.unwrap_or(&line.path), known.iter().map(String::as_str)) {
                        Some(near) => d.help(format!("did you mean `use std/{near}`?")),
                        None => d.help(format!(
                            "the library has {}; a file of your own is named in quotes: `use \"{}.sys\"`",
                            known.iter().map(|n| format!("`std/{n}`")).collect::<Vec<_>>().join(", "),
                            line.path
                        )),
                    };
                    self.diagnostics.push(d);
                    return None;
                }
            }
        };
        if self.open.contains(&name) {
            let chain = self.open.iter().skip_while(|n| **n != name).cloned().collect::<Vec<_>>().join("` → `");
            self.diagnostics.push(
                Diagnostic::error(
                    "E0124",
                    line.path_span,
                    format!("these files import each other: `{chain}` → `{name}`"),
                )
                .help("move what both need into a third file"),
            );
            return None;
        }
        if let Some(&known) = self.by_name.get(&name) {
            return Some(known);
        }
        Some(self.module(name, texts))
    }

    fn carries(&self, from: &str, line: &Use) -> bool {
        self.carried.contains_key(&(from.to_owned(), line.path.clone()))
    }

    /// The system in a file that was written with `export`: its texts become modules.
    fn fitted_file(&mut self, line: &Use, from: &str) -> Option<usize> {
        let unusable = |message: String| {
            Diagnostic::error("E0562", line.path_span, message)
                .help("write such a file with `export m to \"m.safetensors\"`, where `m` is a fit")
        };
        let (shown, file) = match self.sources.fitted(from, &line.path) {
            Ok(found) => found,
            Err(sentence) => {
                self.diagnostics.push(unusable(sentence));
                return None;
            }
        };
        if let Some(front) = self.fronts.iter().find(|f| self.modules[f.0].name == shown) {
            return Some(front.0);
        }
        let texts = |k: usize| -> Vec<(String, String)> {
            let of = file.modules.get(k).map(|m| m.texts.as_slice()).unwrap_or_default();
            of.iter().map(|(name, text)| (format!("{shown}: {name}"), text.clone())).collect()
        };
        let module = |k: usize| -> Texts {
            let texts = texts(k);
            let own = if k == 0 { shown.clone() } else { texts.first().map(|t| t.0.clone()).unwrap_or_default() };
            (own, texts)
        };
        for (k, m) in file.modules.iter().enumerate() {
            for ((name, _), (path, target)) in texts(k).iter().flat_map(|t| m.uses.iter().map(move |u| (t, u))) {
                self.carried.insert((name.clone(), path.clone()), module(*target));
            }
        }
        self.hash.update(file.digest.as_bytes());
        let (name, list) = module(0);
        let number = self.module(name, list);
        if !self.modules[number].names.contains_key(&file.system) && !self.imports(number, &file.system) {
            let message = format!("`{}` is the fit of `{}`, which its text does not have", line.path, file.system);
            self.diagnostics.push(unusable(message));
            return None;
        }
        let attached = self.attached(&shown, &file, &|k| module(k).0);
        self.fitted.push(attached);
        // Only the fitted system is seen from outside: the rest of the text is there for it, and was not fitted.
        let front = self.modules.len();
        self.modules.push(Module { name: shown.clone(), ..Module::default() });
        self.fronts.push((front, number, file.system.clone()));
        Some(front)
    }

    /// Whether a module imports a name; names of imports are bound when everything is read.
    fn imports(&self, module: usize, name: &str) -> bool {
        self.unbound.iter().any(|(m, item, _)| match &**item {
            Item::Use(line) => *m == module && line.names.iter().any(|n| n.name == name),
            _ => false,
        })
    }

    /// Numbers of the texts of a module.
    fn numbers(&self, module: &str) -> &[u32] {
        let found = self.by_name.get(module).and_then(|n| self.modules.get(*n));
        found.map(|m| m.files.as_slice()).unwrap_or_default()
    }

    fn attached(&self, shown: &str, file: &FittedFile, module: &dyn Fn(usize) -> String) -> Attached {
        let span = |place: &super::fitted::TextPlace| {
            let number = self.numbers(&module(place.module)).get(place.text).copied()?;
            Some(Span { file: number, start: place.range.0, end: place.range.1 })
        };
        fn placed<T: Clone>(
            list: &[Found<T>],
            span: &dyn Fn(&super::fitted::TextPlace) -> Option<Span>,
        ) -> Vec<(String, Option<Span>, T)> {
            list.iter().map(|f| (f.name.clone(), f.place.as_ref().and_then(span), f.value.clone())).collect()
        }
        Attached {
            name: shown.to_owned(),
            files: (0..file.modules.len()).flat_map(|k| self.numbers(&module(k)).to_vec()).collect(),
            nets: placed(&file.nets, &span),
            parameters: placed(&file.parameters, &span),
        }
    }

    /// Reads what the `data` lines of the main file name: `csv("…", …)`, `npz("…", …)`. A mistake is said
    /// where the line is resolved.
    fn data_files(&mut self) {
        let Some(main) = self.modules.first() else { return };
        let mut paths = Vec::new();
        for item in &main.items {
            let lines = match &**item {
                Item::Experiment(e) => e.lines.as_slice(),
                Item::Line(line) => std::slice::from_ref(line),
                _ => continue,
            };
            paths.extend(lines.iter().flat_map(data_files));
        }
        let from = main.name.clone();
        for path in paths {
            if !self.data.contains_key(&path) {
                let bytes = self.sources.bytes(&from, &path).map(Arc::from);
                self.data.insert(path, bytes);
            }
        }
    }

    /// Reads the pictures that the modules name, relative to each; says whether any unit is written anywhere.
    fn mentioned(&mut self) -> bool {
        let mut units = false;
        for (number, module) in self.modules.iter().enumerate() {
            for found in module.items.iter().map(|i| super::mentions::mentions(i)) {
                units |= found.units;
                for path in found.pictures {
                    let bytes = || self.sources.bytes(&module.name, &path).map(Arc::from);
                    self.pictures.entry((number, path.clone())).or_insert_with(bytes);
                }
            }
        }
        units
    }

    fn declare(&mut self, number: usize) {
        let items = self.modules[number].items.clone();
        for (index, item) in items.iter().enumerate() {
            let at = |part| Target::Item { module: number, item: index, part };
            match &**item {
                Item::Unit(d) => {
                    self.modules[number].units.entry(d.name.name.clone()).or_insert((number, index));
                }
                Item::Use(_) | Item::Experiment(_) => {}
                Item::Const(c) => self.name(number, &c.name, at(0)),
                Item::Set(s) => self.name(number, &s.name, at(0)),
                Item::Fn(f) => self.name(number, &f.name, at(0)),
                Item::Net(n) => self.name(number, &n.name, at(0)),
                Item::System(s) => {
                    if let Some(name) = &s.name {
                        self.name(number, name, at(0));
                    }
                }
                Item::Line(_) => {}
            }
        }
    }

    fn name(&mut self, module: usize, ident: &Ident, target: Target) {
        if let Some(first) = self.modules[module].names.get(&ident.name) {
            let d = Diagnostic::error("E0120", ident.span, format!("`{}` is declared twice", ident.name))
                .at("the second declaration")
                .label(first.span, "the first one");
            self.diagnostics.push(d.help("rename one of them"));
            return;
        }
        if ident.name == "t" || ident.name == "π" {
            let what = if ident.name == "t" { "the time" } else { "the number π" };
            self.diagnostics.push(
                Diagnostic::error("E0122", ident.span, format!("`{}` is {what} and cannot be declared", ident.name))
                    .help("choose another name"),
            );
        } else if super::resolve::is_builtin(&ident.name) {
            self.diagnostics.push(super::resolve::hides(ident.span, &ident.name));
        }
        self.modules[module].names.insert(ident.name.clone(), Binding { span: ident.span, target });
    }

    fn bind_imports(&mut self) {
        for (module, item, target) in std::mem::take(&mut self.unbound) {
            let Item::Use(line) = &*item else { continue };
            // The imports of the text behind it come before this line.
            if let Some((front, behind, system)) = self.fronts.iter().find(|f| f.0 == target)
                && let Some(found) = self.modules[*behind].names.get(system).cloned()
            {
                self.modules[*front].names.insert(system.clone(), found);
            }
            for ident in &line.names {
                let unit = self.modules[target].units.get(&ident.name).copied();
                if let Some(unit) = unit {
                    self.modules[module].units.entry(ident.name.clone()).or_insert(unit);
                }
                match self.modules[target].names.get(&ident.name).map(|b| b.target) {
                    Some(found) => self.name(module, ident, found),
                    None if unit.is_some() => {}
                    None => {
                        let names: Vec<String> = self.modules[target].names.keys().cloned().collect();
                        let mut d =
                            Diagnostic::error("E0125", ident.span, format!("`{}` has no `{}`", line.path, ident.name));
                        if let Some(near) = super::suggest(&ident.name, names.iter().map(String::as_str)) {
                            d = d.help(format!("did you mean `{near}`?"));
                        } else if !names.is_empty() {
                            d = d.help(format!("it has {}", super::list_names(&names)));
                        }
                        self.diagnostics.push(d);
                    }
                }
            }
            let last = line.path.rsplit('/').next().unwrap_or(&line.path);
            let stem = [".sys", ".safetensors"].iter().find_map(|e| last.strip_suffix(e)).unwrap_or(last).to_owned();
            let word = stem.chars().all(|c| c.is_alphanumeric() || c == '_')
                && !stem.starts_with(|c: char| c.is_ascii_digit());
            let own = match &line.alias {
                Some(alias) => Some(alias.clone()),
                None if line.names.is_empty() && !word => {
                    self.diagnostics.push(
                        Diagnostic::error(
                            "E0126",
                            line.path_span,
                            format!("`{stem}` is no name, so nothing could be read through it"),
                        )
                        .help(format!(
                            "give it one, `use \"{}\" as m`, or list what is wanted: `use \"{}\" (A, B)`",
                            line.path, line.path
                        )),
                    );
                    None
                }
                None if line.names.is_empty() => Some(Ident { name: stem, span: line.path_span }),
                None => None,
            };
            if let Some(ident) = own {
                self.name(module, &ident, Target::Module(target));
            }
        }
    }
}

//! What is kept of a line between two runs of the program: its result, and the checkpoint of a fit that was stopped.

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::learn::saved::Saved;
use crate::run::store::Store;

/// The places of one line in a store, by the key of everything that it depends on.
pub(super) struct Kept<'a> {
    store: &'a dyn Store,
    key: String,
    name: &'a str,
    span: Span,
    /// Why something could not be kept; said once.
    trouble: Option<String>,
}

impl<'a> Kept<'a> {
    pub fn new(store: &'a dyn Store, key: String, name: &'a str, span: Span) -> Kept<'a> {
        Kept { store, key, name, span, trouble: None }
    }

    fn result_name(&self) -> String {
        self.key.clone()
    }

    fn checkpoint_name(&self) -> String {
        format!("checkpoints/{}", self.key)
    }

    /// The result of an earlier run.
    pub fn result(&self, out: &mut Diagnostics) -> Option<Saved> {
        self.read(&self.result_name(), "result", out)
    }

    /// The checkpoint of a training that was stopped.
    pub fn checkpoint(&self, out: &mut Diagnostics) -> Option<Saved> {
        self.read(&self.checkpoint_name(), "checkpoint", out)
    }

    fn read(&self, name: &str, kind: &str, out: &mut Diagnostics) -> Option<Saved> {
        let made = self.store.read(name).and_then(|bytes| match bytes {
            None => Ok(None),
            Some(bytes) => {
                let saved = Saved::read(&bytes)?;
                let text = |key: &str| saved.texts.get(key).map_or("", String::as_str);
                let own = text("key") == self.key && text("kind") == kind;
                if own { Ok(Some(saved)) } else { Err("it is of something else".to_owned()) }
            }
        });
        made.unwrap_or_else(|why| {
            self.unreadable(kind, &why, out);
            None
        })
    }

    /// Says that something kept is of no use.
    pub fn unreadable(&self, kind: &str, why: &str, out: &mut Diagnostics) {
        let message = format!("the {kind} that was kept of `{}` cannot be used: {why}", self.name);
        out.push(
            Diagnostic::warning("W0560", self.span, message)
                .note("it is computed anew")
                .help("`hamel clean FILE` removes everything that is kept of a file"),
        );
    }

    fn write(&mut self, name: &str, kind: &str, mut saved: Saved) {
        saved.texts.insert("key".into(), self.key.clone());
        saved.texts.insert("kind".into(), kind.into());
        saved.texts.insert("version".into(), crate::report::version().into());
        if let Err(why) = self.store.write(name, &saved.bytes()) {
            self.trouble.get_or_insert(why);
        }
    }

    /// Keeps a checkpoint.
    pub fn begun(&mut self, saved: Saved) {
        self.write(&self.checkpoint_name(), "checkpoint", saved);
    }

    /// Keeps a result, and then forgets its checkpoint: whatever happens in between, one of the two is there.
    pub fn done(&mut self, result: Option<Saved>) {
        if let Some(saved) = result {
            self.write(&self.result_name(), "result", saved);
        }
        self.forget();
    }

    /// Forgets the checkpoint.
    pub fn forget(&mut self) {
        if let Err(why) = self.store.remove(&self.checkpoint_name()) {
            self.trouble.get_or_insert(why);
        }
    }

    /// Says what could not be kept.
    pub fn report(self, out: &mut Diagnostics) {
        let Some(why) = self.trouble else { return };
        out.push(
            Diagnostic::warning("W0561", self.span, format!("`{}` cannot be kept: {why}", self.name))
                .note("this result is not touched by that; another run, or one after an interruption, starts anew")
                .help("make room, or choose a folder that can be written with `--out DIR`"),
        );
    }
}

//! Files of fitted systems: `use "hnn.safetensors" (HNN)`.
//!
//! Such a file carries the text that its system was declared in with all that it imports, and what was found. The
//! text is read as any other import; behind the nets and parameters that it declares then stands what was found.

use super::system::System;
use super::{LearnedNet, Program};
use crate::diagnostic::Span;

/// A fitted system with everything that its text imports.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FittedFile {
    /// Its name.
    pub system: String,
    /// The texts; the first declares or imports it.
    pub modules: Vec<Carried>,
    /// Nets with their weights, array by array.
    pub nets: Vec<Found<Vec<Vec<f64>>>>,
    /// Parameters and scales with their values in SI.
    pub parameters: Vec<Found<Vec<f64>>>,
    /// Digest of all of it.
    pub digest: String,
}

/// The texts of one module, and what they import.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Carried {
    /// Name and text of each file.
    pub texts: Vec<(String, String)>,
    /// Paths as they are written, each with the place of its module.
    pub uses: Vec<(String, usize)>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<T> {
    /// Its name in the system.
    pub name: String,
    /// Where it is declared, among the carried texts; `None` for a parameter that the fit was given from outside.
    pub place: Option<TextPlace>,
    /// What it is.
    pub value: T,
}

/// A range of bytes in a carried text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextPlace {
    /// Which module.
    pub module: usize,
    /// Which of its texts.
    pub text: usize,
    /// First byte, and one past the last.
    pub range: (u32, u32),
}

/// A [`FittedFile`] whose texts are modules of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Attached {
    /// As shown to the user.
    pub name: String,
    /// Numbers of its texts.
    pub files: Vec<u32>,
    /// Nets with their weights.
    pub nets: Vec<(String, Option<Span>, Vec<Vec<f64>>)>,
    /// Parameters and scales.
    pub parameters: Vec<(String, Option<Span>, Vec<f64>)>,
}

/// What files of fitted systems say of one system.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Brought {
    /// Full names of nets with their weights.
    pub nets: Vec<(String, Vec<Vec<f64>>)>,
    /// Places of parameters with their values.
    pub parameters: Vec<(usize, Vec<f64>)>,
}

impl Program {
    /// The texts of all modules, as a fitted file carries them. Names of files lose their folders, so that the same
    /// program gives the same bytes wherever it lies.
    pub fn carried(&self) -> Vec<Carried> {
        let text = |number: &u32| {
            let file = self.files.get(*number)?;
            let name = match file.name.starts_with("std/") {
                true => file.name.as_str(),
                false => file.name.rsplit(['/', '\\']).next().unwrap_or_default(),
            };
            Some((name.to_owned(), file.text.to_string()))
        };
        self.modules
            .iter()
            .map(|m| Carried { texts: m.files.iter().filter_map(text).collect(), uses: m.uses.clone() })
            .collect()
    }

    /// Where a place in the text stands among [`Program::carried`].
    pub fn carried_place(&self, at: Span) -> Option<TextPlace> {
        self.modules.iter().enumerate().find_map(|(module, m)| {
            let text = m.files.iter().position(|f| *f == at.file)?;
            Some(TextPlace { module, text, range: (at.start, at.end) })
        })
    }

    /// What stands behind the nets and parameters of a system, where it or a component of it is a fitted system from a
    /// file. What a call sets stays as the call says.
    pub fn brought(&self, system: &System) -> Brought {
        let mut brought = Brought::default();
        for attached in &self.fitted {
            let inside = |at: Span| attached.files.contains(&at.file);
            for prefix in attached.instances(system) {
                for (name, at, value) in &attached.nets {
                    let own = |n: &&LearnedNet| n.name == format!("{prefix}{name}") && belongs(n.span, *at);
                    brought.nets.extend(system.nets.iter().find(own).map(|n| (n.name.clone(), value.clone())));
                }
                for (name, at, value) in &attached.parameters {
                    let full = format!("{prefix}{name}");
                    let found = system
                        .parameters
                        .iter()
                        .position(|p| p.name == full && belongs(p.span, *at) && inside(p.span) && inside(p.value));
                    brought.parameters.extend(found.map(|k| (k, value.clone())));
                }
            }
        }
        brought
    }
}

fn belongs(at: Span, declared: Option<Span>) -> bool {
    declared.is_none_or(|place| place == at)
}

impl Attached {
    /// Where the fitted system stands in another one: `""` for the system itself, `"a."` for its component `a`. Its
    /// declarations are all there, at their places in the text. Inside of one instance there is no other.
    fn instances(&self, system: &System) -> Vec<String> {
        let nets = system.nets.iter().map(|n| (n.name.as_str(), n.span, true));
        let parameters = system.parameters.iter().map(|p| (p.name.as_str(), p.span, false));
        let names: Vec<(&str, Span, bool)> = nets.chain(parameters).collect();
        let nets = self.nets.iter().map(|(name, at, _)| (name.as_str(), *at, true));
        let parameters = self.parameters.iter().map(|(name, at, _)| (name.as_str(), *at, false));
        let saved: Vec<(&str, Option<Span>, bool)> = nets.chain(parameters).collect();
        let inside = |at: Span| self.files.contains(&at.file);
        // A parameter that a call replaces stands in the text of the call.
        let there = |full: &str, (name, place, net): (&str, Option<Span>, bool), prefix: &str| {
            full.strip_prefix(prefix) == Some(name)
                && names.iter().any(|n| n.0 == full && n.2 == net && (belongs(n.1, place) || !net && !inside(n.1)))
        };
        let all = |prefix: &str| saved.iter().all(|s| there(&format!("{prefix}{}", s.0), *s, prefix));
        let begins = |full: &str, at: Span| {
            let of = saved.iter().filter(|(_, place, _)| belongs(at, *place));
            of.filter_map(|s| full.strip_suffix(s.0)).map(str::to_owned).collect::<Vec<_>>()
        };
        let mut found: Vec<String> = names
            .iter()
            .filter(|(_, at, _)| inside(*at))
            .flat_map(|(full, at, _)| begins(full, *at))
            .filter(|prefix| (prefix.is_empty() || prefix.ends_with('.')) && all(prefix))
            .collect();
        found.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        found.dedup();
        let outer = found.clone();
        found.retain(|f| !outer.iter().any(|o| o.len() < f.len() && f.starts_with(o.as_str())));
        found
    }
}

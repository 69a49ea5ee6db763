//! Files of fitted systems: `use "hnn.safetensors" (HNN)`.
//!
//! Such a file carries the text that its system was declared in with all that it imports, and what was found. The
//! text is read as any other import; behind the nets and parameters that it declares then stands what was found.

use super::Program;
use super::system::System;
use crate::diagnostic::{Diagnostic, Span};

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
        let own = self.modules.iter().filter(|m| !m.files.is_empty());
        own.map(|m| Carried { texts: m.files.iter().filter_map(text).collect(), uses: m.uses.clone() }).collect()
    }

    /// Where a place in the text stands among [`Program::carried`].
    pub fn carried_place(&self, at: Span) -> Option<TextPlace> {
        self.modules.iter().enumerate().find_map(|(module, m)| {
            let text = m.files.iter().position(|f| *f == at.file)?;
            Some(TextPlace { module, text, range: (at.start, at.end) })
        })
    }

    /// What stands behind the nets and parameters of a system, where it or a part of it comes from the file of a
    /// fitted system. What a call sets stays as the call says.
    pub fn brought(&self, system: &System) -> Result<Brought, Box<Diagnostic>> {
        let mut brought = Brought::default();
        for attached in &self.fitted {
            for net in system.nets.iter().filter(|n| attached.files.contains(&n.span.file)) {
                if let Some(found) = one(&attached.nets, &net.name, net.span, &attached.name)? {
                    brought.nets.push((net.name.clone(), found.clone()));
                }
            }
            let inside = |at: Span| attached.files.contains(&at.file);
            for (k, p) in system.parameters.iter().enumerate().filter(|(_, p)| inside(p.span) && inside(p.value)) {
                if let Some(found) = one(&attached.parameters, &p.name, p.span, &attached.name)? {
                    brought.parameters.push((k, found.clone()));
                }
            }
        }
        Ok(brought)
    }
}

/// The entry that belongs to a declaration: of a component `a` of another system, `Rθ` is called `a.Rθ` there.
fn one<'f, T>(
    list: &'f [(String, Option<Span>, T)],
    name: &str,
    at: Span,
    file: &str,
) -> Result<Option<&'f T>, Box<Diagnostic>> {
    let own = |found: &str| name == found || name.strip_suffix(found).is_some_and(|rest| rest.ends_with('.'));
    let mut fitting = list.iter().filter(|(found, place, _)| own(found) && place.is_none_or(|place| place == at));
    match (fitting.next(), fitting.next()) {
        (Some(first), Some(second)) => Err(Box::new(
            Diagnostic::error(
                "E0563",
                at,
                format!("`{name}` may be `{}` or `{}` of the fit in `{file}`", first.0, second.0),
            )
            .help("use the fitted system on its own, or give the component another name"),
        )),
        (found, _) => Ok(found.map(|f| &f.2)),
    }
}

//! Archives of NumPy, `.npz`: arrays of one or two axes, f64, f32 or whole numbers; rows along the first.

use super::csv::{too_large, unknown};
use super::table::{Place, Problem, Raw, Wanted};
use crate::limits;
use npyz::{NpyFile, Order};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// One array, row by row.
struct Array {
    rows: usize,
    width: usize,
    flat: bool,
    values: Vec<f64>,
}

/// The numbers of the wanted arrays. The components of a vector are the columns of one array, so `wanted`
/// is completed with as many places as it has.
pub fn read(
    file: &str,
    bytes: &[u8],
    wanted: &mut [&mut Wanted],
    time: Option<&Wanted>,
    trial: Option<&Wanted>,
) -> Result<Raw, Vec<Problem>> {
    let broken = |e: &dyn std::fmt::Display| vec![Problem::new("E0481", format!("`{file}` is no .npz archive: {e}"))];
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    let names: Vec<String> =
        archive.file_names().flatten().map(|n| n.strip_suffix(".npy").unwrap_or(&n).to_owned()).collect();
    let mut raw = Raw::default();
    let mut rows: Option<(usize, String)> = None;
    let mut problems = Vec::new();
    let mut load = |place: &Place| -> Result<Array, Problem> {
        let Place::Header(name) = place else {
            return Err(Problem::new("E0482", format!("arrays of `{file}` have names and no numbers")));
        };
        if !names.contains(name) {
            return Err(unknown(file, name, &names));
        }
        let array = array(file, &mut archive, name)?;
        match &rows {
            Some((n, other)) if *n != array.rows => Err(Problem::new(
                "E0481",
                format!("`{file}`: array `{other}` has {n} rows and `{name}` {}", array.rows),
            )),
            _ => {
                rows = Some((array.rows, name.clone()));
                Ok(array)
            }
        }
    };
    for w in wanted.iter_mut() {
        let mut columns = Vec::new();
        let mut flat = true;
        for place in &w.places {
            match load(place) {
                Ok(a) => {
                    flat &= a.flat;
                    columns.extend(
                        (0..a.width).map(|c| (0..a.rows).map(|r| a.values[r * a.width + c]).collect::<Vec<f64>>()),
                    );
                }
                Err(problem) => problems.push(problem),
            }
        }
        if columns.len() != w.places.len() || !flat {
            w.vector = true;
            w.places = vec![w.places[0].clone(); columns.len()];
        }
        raw.columns.extend(columns);
    }
    let mut one = |w: Option<&Wanted>| -> Option<Vec<f64>> {
        match load(&w?.places[0]) {
            Ok(a) if a.width == 1 => Some(a.values),
            Ok(_) => {
                problems
                    .push(Problem::new("E0481", format!("`{file}`: the array of `{}` has several columns", w?.name)));
                None
            }
            Err(problem) => {
                problems.push(problem);
                None
            }
        }
    };
    raw.times = one(time);
    raw.trials = one(trial).map(|list| list.iter().map(|v| format!("{v}")).collect());
    if problems.is_empty() {
        raw.lines = (1..=rows.map_or(0, |r| r.0) as u64).collect();
        Ok(raw)
    } else {
        Err(problems)
    }
}

fn array(file: &str, archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<Array, Problem> {
    let broken = |e: &dyn std::fmt::Display| Problem::new("E0481", format!("`{file}`, array `{name}`: {e}"));
    let known = archive.index_for_name(&format!("{name}.npy")).or_else(|| archive.index_for_name(name));
    let member = archive.by_index(known.unwrap_or(usize::MAX)).map_err(|e| broken(&e))?;
    let limit = limits::DATA_NUMBERS as u64 * 8;
    if member.size() > limit {
        return Err(too_large(file));
    }
    let mut bytes = Vec::new();
    member.take(limit + 1).read_to_end(&mut bytes).map_err(|e| broken(&e))?;
    if bytes.len() as u64 > limit {
        return Err(too_large(file));
    }
    let head = NpyFile::new(&bytes[..]).map_err(|e| broken(&e))?;
    let shape: Vec<usize> = head.shape().iter().map(|n| *n as usize).collect();
    let (rows, width) = match shape[..] {
        [rows] => (rows, 1),
        [rows, width] => (rows, width),
        _ => {
            return Err(broken(&format!("it has {} axes, and rows with components have one or two", shape.len()))
                .help("reshape it in NumPy: trials one below the other, with a `trial` array beside them"));
        }
    };
    let (order, kind) = (head.order(), head.dtype().descr());
    let mut values = numbers(&bytes)
        .ok_or_else(|| broken(&format!("its numbers are of type {kind}, and these are read: f8, f4, whole numbers")))?;
    if let Some(k) = values.iter().position(|v| v.is_infinite()) {
        let place = k / width.max(1) + 1;
        return Err(Problem::new("E0483", format!("`{file}`, array `{name}`, row {place}: this is infinite")));
    }
    if order == Order::Fortran && width > 1 {
        values = (0..rows * width).map(|k| values[(k % width) * rows + k / width]).collect();
    }
    Ok(Array { rows, width, flat: shape.len() == 1, values })
}

/// The numbers of an array of any of the types that are read; `None` for another type or a short file.
pub(super) fn numbers(bytes: &[u8]) -> Option<Vec<f64>> {
    macro_rules! of {
        ($($kind:ty),*) => {$(
            if let Ok(reader) = NpyFile::new(bytes).ok()?.try_data::<$kind>() {
                return reader.map(|v| v.ok().map(|v| v as f64)).collect();
            }
        )*};
    }
    of!(f64, f32, i64, i32, i16, i8, u64, u32, u16, u8);
    None
}

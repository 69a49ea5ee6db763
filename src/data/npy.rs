//! Arrays of NumPy, `.npy`, over common axes: a row for each element, its place along each axis as columns.

use super::csv::too_large;
use super::npz::numbers;
use super::table::{Problem, Raw};
use crate::limits;
use npyz::{NpyFile, Order};

/// An axis of the arrays; its values go evenly from the first to the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Its name.
    pub name: String,
    /// Values at both ends; `None`: 1, 2, ….
    pub ends: Option<(f64, f64)>,
}

/// The places along the axes and the numbers of all arrays, the last axis fastest. NaN is a missing value.
pub fn read(arrays: &[(&str, &[u8])], axes: &[Axis]) -> Result<Raw, Vec<Problem>> {
    let mut shape: Option<(Vec<usize>, &str)> = None;
    let mut columns = Vec::new();
    for (file, bytes) in arrays {
        let broken = |e: &dyn std::fmt::Display| vec![Problem::new("E0481", format!("`{file}` is no .npy array: {e}"))];
        let head = NpyFile::new(*bytes).map_err(|e| broken(&e))?;
        let own: Vec<usize> = head.shape().iter().map(|n| *n as usize).collect();
        if own.len() != axes.len() {
            let message = format!("`{file}` has {} axes, and {} are named", own.len(), axes.len());
            return Err(vec![Problem::new("E0481", message).help("name each in `axes = […]`, the slowest first")]);
        }
        let size = own.iter().try_fold(1_usize, |n, k| n.checked_mul(*k));
        let all = (axes.len() + arrays.len()) as u64;
        let size = size.filter(|n| (*n as u64).saturating_mul(all) <= limits::DATA_NUMBERS as u64);
        let size = size.ok_or_else(|| vec![too_large(file)])?;
        match &shape {
            Some((first, other)) if *first != own => {
                let message = format!("`{other}` has the shape {first:?}, and `{file}` {own:?}");
                return Err(vec![Problem::new("E0481", message)]);
            }
            _ => shape = Some((own.clone(), file)),
        }
        if head.order() == Order::Fortran {
            return Err(broken(&"its order is that of Fortran; save `np.ascontiguousarray(a)`"));
        }
        let kind = head.dtype().descr();
        let values = numbers(bytes).filter(|v| v.len() == size).ok_or_else(|| {
            broken(&format!("its numbers are of type {kind}, and these are read: f8, f4, whole numbers"))
        })?;
        if let Some(k) = values.iter().position(|v| v.is_infinite()) {
            return Err(vec![Problem::new("E0483", format!("`{file}`, element {}: this is infinite", k + 1))]);
        }
        columns.push(values);
    }
    let (shape, _) = shape.unwrap_or_default();
    let total: usize = shape.iter().product();
    let mut block = total;
    let mut out = Vec::new();
    for (axis, n) in axes.iter().zip(&shape) {
        block /= (*n).max(1);
        let at = |i: usize| match axis.ends {
            Some((a, b)) if *n > 1 => a + (b - a) * i as f64 / (*n - 1) as f64,
            Some((a, _)) => a,
            None => (i + 1) as f64,
        };
        out.push((0..total).map(|k| at(k / block.max(1) % n)).collect::<Vec<f64>>());
    }
    out.extend(columns);
    Ok(Raw { columns: out, lines: (1..=total as u64).collect(), ..Raw::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use npyz::WriterBuilder;

    fn array(shape: &[u64], values: &[f32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let options = npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes);
        let mut writer = options.begin_nd().expect("a writer");
        writer.extend(values.iter().copied()).expect("values");
        writer.finish().expect("an end");
        bytes
    }

    #[test]
    fn elements_become_rows_with_their_places() {
        let a = array(&[2, 3], &[1.0, 2.0, f32::NAN, 4.0, 5.0, 6.0]);
        let axis = |name: &str, ends| Axis { name: name.into(), ends };
        let axes = [axis("day", None), axis("x", Some((10.0, 11.0)))];
        let raw = read(&[("a.npy", &a)], &axes).expect("rows");
        assert_eq!(raw.columns[0], [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
        assert_eq!(raw.columns[1], [10.0, 10.5, 11.0, 10.0, 10.5, 11.0]);
        assert!(raw.columns[2][2].is_nan() && raw.columns[2][5] == 6.0);
        assert!(read(&[("a.npy", &a)], &axes[..1]).is_err());
        let b = array(&[3, 2], &[0.0; 6]);
        assert!(read(&[("a.npy", &a), ("b.npy", &b)], &axes).is_err());
    }
}

//! `trajectory.npz`: what NumPy's `load` opens, the same bytes each time.

use super::ReportError;
use super::table::{Kind, Table};
use npyz::WriterBuilder;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The stacked arrays: `q` holds the coordinates, `v` their rates, `p` the momenta, `x` the states;
/// shape (rows, columns of that kind).
const STACKS: [(&str, Kind); 4] =
    [("q", Kind::Coordinate), ("v", Kind::Velocity), ("p", Kind::Momentum), ("x", Kind::State)];

/// The table as NPZ: `t`; the stacks `q`, `v`, `p`, `x` of what exists, each of shape (rows, columns);
/// every column under its exact name, shape (rows); `__meta__`, a JSON document as bytes. A column whose
/// name is that of a stack is stored as `column:NAME`. No compression, one fixed time stamp.
pub fn npz(table: &Table, meta: &serde_json::Value) -> Result<Vec<u8>, ReportError> {
    table.check_finite()?;
    let rows = table.rows();
    let mut writer = Members { zip: ZipWriter::new(Cursor::new(Vec::new())) };
    let mut taken = Vec::new();
    for (name, kind) in STACKS {
        let stack: Vec<&[f64]> = table.of_kind(kind).map(|c| c.values.as_slice()).collect();
        if !stack.is_empty() {
            let values = (0..rows).flat_map(|row| stack.iter().map(move |column| column[row]));
            writer.add(name, &[rows as u64, stack.len() as u64], values)?;
            taken.push(name);
        }
    }
    for column in table.columns() {
        let free = !taken.contains(&column.name.as_str()) && column.name != "__meta__";
        let name = if free { column.name.clone() } else { format!("column:{}", column.name) };
        writer.add(&name, &[rows as u64], column.values.iter().copied())?;
    }
    let meta = super::document(meta);
    writer.add("__meta__", &[meta.len() as u64], meta.iter().copied())?;
    writer.zip.finish().map(Cursor::into_inner).map_err(ReportError::archive)
}

struct Members {
    zip: ZipWriter<Cursor<Vec<u8>>>,
}

impl Members {
    fn add<T: npyz::AutoSerialize>(
        &mut self,
        name: &str,
        shape: &[u64],
        values: impl Iterator<Item = T>,
    ) -> Result<(), ReportError> {
        let mut bytes = Vec::new();
        let mut array = npyz::WriteOptions::new()
            .default_dtype()
            .shape(shape)
            .writer(&mut bytes)
            .begin_nd()
            .map_err(ReportError::archive)?;
        array.extend(values).and_then(|()| array.finish()).map_err(ReportError::archive)?;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644)
            .large_file(bytes.len() as u64 >= u64::from(u32::MAX));
        self.zip.start_file(format!("{name}.npy"), options).map_err(ReportError::archive)?;
        self.zip.write_all(&bytes).map_err(ReportError::archive)
    }
}

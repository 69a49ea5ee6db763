//! A trajectory as columns of numbers in SI, each with a name, a plain alias, a unit and a kind.

use super::ReportError;
use super::alias::aliases;
use serde::Serialize;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The independent variable.
    Time,
    /// A generalized coordinate.
    Coordinate,
    /// The rate of a coordinate.
    Velocity,
    /// A canonical momentum.
    Momentum,
    /// A variable of a first-order system.
    State,
    /// A value of a field at a point of its grid.
    Field,
    /// A multiplier of a constraint.
    Multiplier,
    /// A recorded expression.
    Observable,
    /// A recorded conserved quantity.
    Invariant,
}

/// One column: `values[row]` in SI.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// As the language spells it: `θ1'`, `r[sun][1]`.
    pub name: String,
    /// For tools that mangle the name: `theta1_dot`, `r_sun_1`; unique in its table.
    pub ascii: String,
    /// Unit of the values, `""` for pure numbers.
    pub unit: String,
    /// What it holds.
    pub kind: Kind,
    /// Line of its declaration in the source, from 1.
    pub line: Option<usize>,
    /// One number a row.
    pub values: Vec<f64>,
}

/// Columns of equal length with different names; the first is `t`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
}

/// A column before its alias is known.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnInput {
    /// As the language spells it.
    pub name: String,
    /// Unit of the values.
    pub unit: String,
    /// What it holds.
    pub kind: Kind,
    /// Line of its declaration.
    pub line: Option<usize>,
    /// One number a row.
    pub values: Vec<f64>,
}

/// What `summary.json` says of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnInfo {
    /// Exact name.
    pub name: String,
    /// Plain alias.
    pub ascii: String,
    /// Unit.
    pub unit: String,
}

impl Table {
    /// Columns of equal length and different names, with aliases given to them.
    pub fn new(inputs: Vec<ColumnInput>) -> Result<Table, ReportError> {
        let names: Vec<&str> = inputs.iter().map(|c| c.name.as_str()).collect();
        let rows = inputs.first().map_or(0, |c| c.values.len());
        let mut seen = std::collections::BTreeSet::new();
        for input in &inputs {
            if !seen.insert(input.name.as_str()) {
                return Err(ReportError::TwiceNamed { column: input.name.clone() });
            }
            if input.values.len() != rows {
                return Err(ReportError::Ragged {
                    column: input.name.clone(),
                    rows: input.values.len(),
                    expected: rows,
                });
            }
        }
        let plain = aliases(&names);
        let columns = inputs
            .into_iter()
            .zip(plain)
            .map(|(c, ascii)| Column {
                name: c.name,
                ascii,
                unit: c.unit,
                kind: c.kind,
                line: c.line,
                values: c.values,
            })
            .collect();
        Ok(Table { columns })
    }

    /// All columns in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many rows each column has.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |c| c.values.len())
    }

    /// The column with this exact name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The columns of one kind, in order.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(move |c| c.kind == kind)
    }

    /// Name, alias and unit of each column.
    pub fn info(&self) -> Vec<ColumnInfo> {
        let info = |c: &Column| ColumnInfo { name: c.name.clone(), ascii: c.ascii.clone(), unit: c.unit.clone() };
        self.columns.iter().map(info).collect()
    }

    /// Refuses a table that holds `nan` or `inf`; the error names the first column and row with one.
    pub fn check_finite(&self) -> Result<(), ReportError> {
        for column in &self.columns {
            if let Some(row) = column.values.iter().position(|v| !v.is_finite()) {
                return Err(ReportError::NotFinite { column: column.name.clone(), row });
            }
        }
        Ok(())
    }
}

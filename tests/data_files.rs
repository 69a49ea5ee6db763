//! Files of rows: what is read from tables and archives, and what is said of bad ones.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::data::csv::{self, Layout};
use hamel::data::table::{Left, Place, Rules, assemble};
use hamel::data::{Dataset, Origin, Problem, Targets, Wanted, npz};
use hamel::dimension::Dimension;
use std::io::{Cursor, Write};

fn wanted(name: &str, places: &[&str], factor: f64) -> Wanted {
    let place = |p: &&str| p.parse().map_or_else(|_| Place::Header((*p).to_owned()), Place::Number);
    Wanted {
        name: name.into(),
        places: places.iter().map(place).collect(),
        vector: places.len() > 1,
        dimension: Dimension::one(),
        unit: String::new(),
        factor,
        noise: None,
    }
}

struct Table<'a> {
    text: &'a str,
    time: Option<Wanted>,
    trial: Option<Wanted>,
    layout: Layout,
    rules: Rules,
}

impl Table<'_> {
    fn new(text: &str) -> Table<'_> {
        Table { text, time: None, trial: None, layout: Layout::default(), rules: Rules::default() }
    }

    fn read(&self, columns: &[Wanted]) -> Result<(Dataset, Left), Vec<Problem>> {
        let list: Vec<&Wanted> = columns.iter().collect();
        let raw =
            csv::read("x.csv", self.text.as_bytes(), &list, self.time.as_ref(), self.trial.as_ref(), &self.layout)?;
        let origin = Origin::File { path: "x.csv".into(), sha256: String::new() };
        assemble("x.csv", columns, self.time.as_ref(), raw, self.rules, origin)
    }
}

#[test]
fn columns_are_found_by_name_in_any_order_and_in_any_unit() {
    for text in ["t,x,y\n0,1,2\n0.5,3,4\n", "t;x;y\n0;1;2\n0.5;3;4\n", "% t  x y\r\n 0 1  2 \r\n 0.5\t3 4\r\n"] {
        let table = Table { time: Some(wanted("t", &["t"], 1e-3)), ..Table::new(text) };
        let (d, left) = table.read(&[wanted("b", &["y"], 1e-2), wanted("a", &["x"], 1.0)]).unwrap();
        assert_eq!(d.values(d.column("b").unwrap()), [0.02, 0.04], "{text}");
        assert_eq!(d.values(d.column("a").unwrap()), [1.0, 3.0]);
        assert_eq!(d.times().unwrap(), [0.0, 0.0005]);
        assert_eq!(left, Left::default());
    }
}

#[test]
fn missing_cells_and_long_steps_are_gaps_and_trials_are_kept_apart() {
    let text = "trial,t,x\na,0,0\na,1,1\na,2,\na,3,9\na,7,49\nb,0,5\nb,1,6\n";
    let mut table = Table {
        time: Some(wanted("t", &["t"], 1.0)),
        trial: Some(wanted("trial", &["trial"], 1.0)),
        ..Table::new(text)
    };
    let (d, left) = table.read(&[wanted("x", &["x"], 1.0)]).unwrap();
    assert_eq!(left.missing, 1);
    assert_eq!(d.content().labels, ["a", "b"]);
    assert_eq!(d.trials()[0].pieces, [0..2, 3..5]);
    table.rules = Rules { gap: Some(2.0), targets: Some(Targets::Forward) };
    let (d, left) = table.read(&[wanted("x", &["x"], 1.0)]).unwrap();
    assert_eq!(d.rates(0).unwrap(), [1.0, 1.0]);
    assert_eq!(d.times().unwrap(), [0.0, 0.0]);
    assert_eq!(left.without_rate, 4);
}

/// A row of the pendulum of Schmidt and Lipson: its first line names two of four columns.
#[test]
fn columns_are_found_by_number_where_the_first_line_does_not_name_them() {
    let text = "%o v\r\n  0.0e+000  5.0e+000  1.13e+000  9.2e-001 \r\n  0.0e+000  5.25e+000  1.25e+000  7.0e-001 \r\n";
    let table = Table {
        time: Some(wanted("t", &["2"], 1.0)),
        trial: Some(wanted("trial", &["1"], 1.0)),
        layout: Layout { skip: 1, header: false },
        ..Table::new(text)
    };
    let (d, _) = table.read(&[wanted("q", &["3"], 1.0), wanted("v", &["4"], 1.0)]).unwrap();
    assert_eq!(d.values(0), [1.13, 1.25]);
    assert_eq!(d.values(1), [0.92, 0.7]);
    assert_eq!(d.times().unwrap(), [5.0, 5.25]);
}

#[test]
fn mistakes_are_said_with_their_line_and_column() {
    let said = |table: &Table<'_>, columns: &[Wanted]| -> Vec<(&'static str, String)> {
        table
            .read(columns)
            .map(|_| ())
            .unwrap_err()
            .into_iter()
            .map(|p| (p.code, p.message + &p.help.unwrap_or_default()))
            .collect()
    };
    let x = [wanted("x", &["x"], 1.0)];
    let bad = said(&Table::new("t,x\n0,1\n1,one\n2,3\n3,inf\n"), &x);
    assert_eq!((bad[0].0, bad.len()), ("E0483", 2));
    assert!(bad[0].1.contains("x.csv:3") && bad[0].1.contains("`x`") && bad[0].1.contains("`one`"), "{bad:?}");
    assert!(bad[1].1.contains("x.csv:5"), "{bad:?}");
    let many = said(&Table::new(&format!("x\n{}", "bad\n".repeat(9))), &x);
    assert!(many.len() == 5 && many[4].1.contains("4 more"), "{many:?}");
    let unknown = said(&Table::new("t,cart_mm\n0,1\n"), &[wanted("x", &["cart_m"], 1.0)]);
    assert!(unknown[0].0 == "E0482" && unknown[0].1.contains("did you mean `cart_mm`"), "{unknown:?}");
    assert!(said(&Table::new("x,x\n0,1\n"), &x)[0].1.contains("two columns"));
    assert!(said(&Table::new("t,x\n0\n"), &x)[0].1.contains("x.csv:2: this row has 1 cells"));
    assert!(said(&Table::new(""), &x)[0].1.contains("is empty"));
    assert!(said(&Table::new("t,x\n"), &x)[0].1.contains("has no rows"));
    assert!(said(&Table::new("t,x\n0,nan\n"), &x)[0].1.contains("without a missing value"));
    let timed = Table { time: Some(wanted("t", &["t"], 1.0)), ..Table::new("t,x\n0,1\n1,2\n1,3\n") };
    assert!(said(&timed, &x)[0].1.contains("x.csv:4") && said(&timed, &x)[0].1.contains("several trials"));
    let trial = Some(wanted("trial", &["n"], 1.0));
    let mixed = Table { trial, ..Table::new("n,x\n1,1\n2,2\n1,3\n") };
    assert!(said(&mixed, &x)[0].1.contains("x.csv:4: trial `1` goes on here"));
    let text = Table { layout: Layout { skip: 0, header: false }, ..Table::new("1,2\n3,4\n") };
    assert!(said(&text, &[wanted("x", &["3"], 1.0)])[0].1.contains("has 2 columns"));
}

fn archive(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in members {
        writer.start_file(format!("{name}.npy"), options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An array as NumPy's `save` lays it out (format 1.0).
fn array(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let mut head = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    while (head.len() + 11) % 64 != 0 {
        head.push(' ');
    }
    head.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((head.len() as u16).to_le_bytes());
    out.extend(head.bytes());
    out.extend(data);
    out
}

fn bytes<const N: usize, T: Copy>(list: &[T], of: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    list.iter().flat_map(|v| of(*v)).collect()
}

#[test]
fn arrays_of_each_type_and_order_are_read() {
    let zip = archive(&[
        ("x", array("<f8", false, "(3,)", &bytes(&[1.0, 2.0, f64::NAN], f64::to_le_bytes))),
        ("y", array("<f4", false, "(3, 2)", &bytes(&[1.0f32, 10.0, 2.0, 20.0, 3.0, 30.0], f32::to_le_bytes))),
        ("z", array("<f8", true, "(3, 2)", &bytes(&[1.0, 2.0, 3.0, 10.0, 20.0, 30.0], f64::to_le_bytes))),
        ("n", array("<i8", false, "(3,)", &bytes(&[7i64, 7, 8], i64::to_le_bytes))),
        ("c", array("<c16", false, "(3,)", &[0; 48])),
        ("short", array("<f8", false, "(2,)", &[0; 16])),
    ]);
    let read = |columns: &mut [Wanted], trial: Option<&Wanted>| -> Result<Dataset, Vec<Problem>> {
        let raw = npz::read("x.npz", &zip, &mut columns.iter_mut().collect::<Vec<_>>(), None, trial)?;
        let origin = Origin::File { path: "x.npz".into(), sha256: String::new() };
        assemble("x.npz", columns, None, raw, Rules::default(), origin).map(|d| d.0)
    };
    let mut columns = [wanted("x", &["x"], 1.0), wanted("y", &["y"], 2.0), wanted("z", &["z"], 1.0)];
    let d = read(&mut columns, Some(&wanted("trial", &["n"], 1.0))).unwrap();
    let names: Vec<&str> = d.columns().iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["x", "y[1]", "y[2]", "z[1]", "z[2]"]);
    assert_eq!(d.rows(), 2, "the row with a missing number is left out");
    assert_eq!(d.values(2), [20.0, 40.0]);
    assert_eq!((d.values(3), d.values(4)), (vec![1.0, 2.0], vec![10.0, 20.0]));
    assert_eq!(d.content().labels, ["7", "8"]);
    let message = |name: &str| {
        read(&mut [wanted("x", &["x"], 1.0), wanted("q", &[name], 1.0)], None).unwrap_err().remove(0).message
    };
    assert!(message("c").contains("type"), "{}", message("c"));
    assert!(message("short").contains("has 3 rows and `short` 2"), "{}", message("short"));
    assert!(message("w").contains("no column `w`"), "{}", message("w"));
    let nonsense = npz::read("x.npz", b"no archive", &mut [], None, None).unwrap_err();
    assert!(nonsense[0].message.contains("no .npz archive"));
}

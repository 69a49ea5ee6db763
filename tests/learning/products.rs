//! The lean forms are found by the compiler: products of matrices of one step.

use super::systems::{derived, rows};
use hamel::learn::objective::{Kind, Norm, Objective, Pointwise};
use hamel::learn::weights::Layout;

/// Products behind the first layers in one step of the derivative loss.
fn hidden(text: &str, accelerations: bool) -> usize {
    let (system, equations) = derived(text);
    let nets: Vec<_> = equations.graph.nets().map(|(id, _)| id).collect();
    let layout = Layout::new(&equations.graph, &nets, &[]);
    let values: Vec<f64> = system.parameters.iter().flat_map(|p| p.default.iter().map(|_| 1.0)).collect();
    let mut rows = rows(&equations, 3);
    if accelerations {
        let n = rows.rates.len();
        rows.rates[..n / 2].iter_mut().for_each(|r| *r = None);
    }
    let made = Pointwise::<f32>::new(&equations, &layout, &values, &[], &rows, Kind::Derivative, Norm::L2, 3);
    made.unwrap().products().hidden
}

#[test]
fn a_hamiltonian_net_takes_six_products() {
    let text =
        "system A { net H0(q, p) -> real = mlp([32, 32], tanh)  coord q  momentum p of q  hamiltonian H = H0(q, p) }";
    assert_eq!(hidden(text, false), 6);
}

#[test]
fn a_lagrangian_net_takes_thirteen_products_for_two_coordinates() {
    let text = "system A { net L0(q: vector(2), v: vector(2)) -> real = mlp([32, 32], softplus)  coord q : vector(2)
                lagrangian L = L0(q, q') }";
    assert_eq!(hidden(text, true), 13);
    let sum =
        "system A { param g = 9.81  net L0(q: vector(2), v: vector(2)) -> real = mlp([32, 32], softplus)  coord a, b
               lagrangian L = 1/2*a'^2 + b'^2*cos(a - b) - g*cos(a) + L0([a, b], [a', b']) }";
    assert_eq!(hidden(sum, true), 13);
}

#[test]
fn a_lagrangian_net_takes_twenty_one_products_for_ten_coordinates() {
    let text = "system A { net L0(q: vector(10), v: vector(10)) -> real = mlp([32, 32], softplus)  coord q : vector(10)
                lagrangian L = L0(q, q') + q'·q' }";
    assert_eq!(hidden(text, true), 21);
}

/// `hamel show --stage tape` lists the same products, of an evaluation and of a step of training.
#[test]
fn products_of_an_evaluation_and_of_a_step_are_listed() {
    let shown = |text: &str| {
        let program = hamel::run::source::load_text("a.sys", text).program;
        let (prepared, _) = hamel::run::prepare::prepare(&program, "A", &Default::default(), 0);
        let text = hamel::run::tape::tape(&prepared.unwrap()).unwrap();
        // how many instructions there are is the business of `tests/counts.rs`
        text.split_once('\n').unwrap().1.to_owned()
    };
    let hnn =
        "system A { net H0(q, p) -> real = mlp([32, 32], tanh)  coord q  momentum p of q  hamiltonian H = H0(q, p) }";
    insta::assert_snapshot!("products_of_an_hnn", shown(hnn));
    let plain = "system A { net L0(q: vector(2), v: vector(2)) -> real = mlp([32, 32], softplus)  coord q : vector(2)
                lagrangian L = L0(q, q') }";
    insta::assert_snapshot!("products_of_an_lnn", shown(plain));
    let sum =
        "system A { param g = 9.81  net L0(q: vector(2), v: vector(2)) -> real = mlp([32, 32], softplus)  coord a, b
               lagrangian L = 1/2*a'^2 + b'^2*cos(a - b) - g*cos(a) + L0([a, b], [a', b']) }";
    assert_eq!(shown(sum), shown(plain));
    let ten = "system A { net L0(q: vector(10), v: vector(10)) -> real = mlp([32, 32], softplus)  coord q : vector(10)
                lagrangian L = L0(q, q') + q'·q' }";
    insta::assert_snapshot!("products_of_an_lnn_of_ten", shown(ten));
    for (text, total) in [(hnn, 6), (plain, 13), (sum, 13), (ten, 21)] {
        let last = shown(text).lines().last().unwrap().to_owned();
        assert!(last.ends_with(&format!(": {total}")), "{last}");
    }
}

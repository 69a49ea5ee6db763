//! Every table of coefficients meets its order conditions: tables in the literature are sometimes
//! wrong, and digits are easily lost in copying.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::integrate::method::{Needs, dop853, dormand_prince, gauss, implicit_midpoint, radau, splitting};
use hamel::integrate::{METHODS, Method};
use hamel::kernel::Part;

/// A rooted tree as the indices of its root's subtrees; γ is its density.
struct Tree {
    children: Vec<usize>,
    order: usize,
    density: f64,
}

/// All rooted trees up to an order (1, 1, 2, 4, 9, 20, 48, 115 of them; Butcher 1963).
fn rooted_trees(order: usize) -> Vec<Tree> {
    let mut trees = vec![Tree { children: Vec::new(), order: 1, density: 1.0 }];
    for n in 2..=order {
        let mut forests = Vec::new();
        forests_of(&trees, n - 1, trees.len(), &mut Vec::new(), &mut forests);
        for children in forests {
            let density = children.iter().map(|child| trees[*child].density).product::<f64>() * n as f64;
            trees.push(Tree { children, order: n, density });
        }
    }
    trees
}

/// Multisets of trees with `left` nodes together, of indices below `below`, in falling order.
fn forests_of(trees: &[Tree], left: usize, below: usize, chosen: &mut Vec<usize>, out: &mut Vec<Vec<usize>>) {
    if left == 0 {
        out.push(chosen.clone());
        return;
    }
    for index in (0..below).filter(|index| trees[*index].order <= left) {
        chosen.push(index);
        forests_of(trees, left - trees[index].order, index + 1, chosen, out);
        chosen.pop();
    }
}

/// Largest violation of `Σ b_i Φ_i(τ) = θ^{|τ|}/γ(τ)` for trees up to `order`, relative to the sum of
/// the absolute terms.
fn violation(a: &[Vec<f64>], b: &[f64], theta: f64, order: usize) -> f64 {
    let trees = rooted_trees(order);
    let stages = b.len();
    let mut weights: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut worst = 0f64;
    for tree in &trees {
        let of_stage = |i: usize| {
            tree.children.iter().fold((1.0, 1.0), |(signed, absolute), child| {
                let sums = a[i]
                    .iter()
                    .zip(&weights[*child])
                    .fold((0.0, 0.0), |(s, t), (a, w)| (s + a * w.0, t + a.abs() * w.1));
                (signed * sums.0, absolute * sums.1)
            })
        };
        let weight: Vec<(f64, f64)> = (0..stages).map(of_stage).collect();
        let (sum, size) = b.iter().zip(&weight).fold((0.0, 0.0), |(s, t), (b, w)| (s + b * w.0, t + b.abs() * w.1));
        let expected = theta.powi(tree.order as i32) / tree.density;
        worst = worst.max((sum - expected).abs() / size.max(expected));
        weights.push(weight);
    }
    worst
}

fn rows(a: &[&[f64]]) -> Vec<Vec<f64>> {
    a.iter().map(|row| row.to_vec()).collect()
}

fn row_sums_are_nodes(a: &[Vec<f64>], c: &[f64]) {
    for (row, node) in a.iter().zip(c) {
        let sum: f64 = row.iter().sum();
        let size: f64 = row.iter().map(|a| a.abs()).sum();
        assert!((sum - node).abs() <= 1e-15 * size.max(1.0), "{sum} {node}");
    }
}

#[test]
fn the_trees_are_all_there() {
    let count = |order: usize| rooted_trees(8).iter().filter(|tree| tree.order == order).count();
    assert_eq!((1..=8).map(count).collect::<Vec<_>>(), [1, 1, 2, 4, 9, 20, 48, 115]);
}

/// Weights of dense output at `theta`, from the nested form of Hairer, Nørsett, Wanner (II.6).
fn dense_weights(theta: f64, stages: usize, last: usize, b: &[f64], high: &[Vec<f64>]) -> Vec<f64> {
    let unit = |at: usize, i: usize| f64::from(u8::from(i == at));
    (0..stages)
        .map(|i| {
            let step = b.get(i).copied().unwrap_or(0.0);
            let bend = unit(0, i) - step;
            let mut coefficients = vec![step, bend, step - unit(last, i) - bend];
            coefficients.extend(high.iter().map(|row| row[i]));
            let nested = coefficients.iter().enumerate().rev().fold(0.0, |inner, (j, r)| {
                let factor = if j % 2 == 0 { 1.0 - theta } else { theta };
                r + factor * inner
            });
            theta * nested
        })
        .collect()
}

#[test]
fn dop853_meets_its_conditions() {
    let a = rows(&dop853::A);
    row_sums_are_nodes(&a, &dop853::C);
    let b = &a[12];
    assert!(violation(&a[..12], b, 1.0, 8) < 1e-14);
    assert!(violation(&a[..12], b, 1.0, 9) > 1e-9, "it is not of order 9");
    let fifth: Vec<f64> = b.iter().zip(dop853::ERROR_5).map(|(b, e)| b - e).collect();
    assert!(violation(&a[..12], &fifth, 1.0, 5) < 1e-14);
    let mut third = vec![0.0; 12];
    for (stage, weight) in dop853::WEIGHTS_3 {
        third[stage] = weight;
    }
    assert!(violation(&a[..12], &third, 1.0, 3) < 1e-14);
    let high: Vec<Vec<f64>> = dop853::DENSE.iter().map(|row| row.to_vec()).collect();
    for theta in [0.1, 0.35, 0.5, 0.9] {
        let weights = dense_weights(theta, 16, 12, b, &high);
        assert!(violation(&a, &weights, theta, 7) < 1e-14, "dense output at {theta}");
    }
}

#[test]
fn dopri5_meets_its_conditions() {
    let a = rows(&dormand_prince::A);
    row_sums_are_nodes(&a, &dormand_prince::C);
    let mut b = a[6].clone();
    b.push(0.0);
    assert!(violation(&a, &b, 1.0, 5) < 1e-15);
    let fourth: Vec<f64> = b.iter().zip(dormand_prince::ERROR).map(|(b, e)| b - e).collect();
    assert!(violation(&a, &fourth, 1.0, 4) < 1e-15);
    for theta in [0.1, 0.5, 0.8] {
        let weights = dense_weights(theta, 7, 6, &b, &[dormand_prince::DENSE.to_vec()]);
        assert!(violation(&a, &weights, theta, 4) < 1e-14, "dense output at {theta}");
    }
}

fn collocation<const S: usize>(tableau: gauss::Tableau<S>, order: usize) {
    let a: Vec<Vec<f64>> = tableau.a.iter().map(|row| row.to_vec()).collect();
    row_sums_are_nodes(&a, &tableau.c);
    assert!(violation(&a, &tableau.b, 1.0, order) < 1e-15);
    assert!(violation(&a, &tableau.b, 1.0, order + 1) > 1e-6);
    for i in 0..S {
        for j in 0..S {
            let m = tableau.b[i] * tableau.a[i][j] + tableau.b[j] * tableau.a[j][i] - tableau.b[i] * tableau.b[j];
            assert!(m.abs() < 1e-16, "the condition of symplecticity, {i} {j}: {m:e}");
        }
    }
}

#[test]
fn collocation_methods_meet_their_conditions() {
    collocation(implicit_midpoint::TABLEAU, 2);
    collocation(gauss::TABLEAU_4, 4);
    collocation(gauss::TABLEAU_6, 6);
    let a: Vec<Vec<f64>> = radau::A.iter().map(|row| row.to_vec()).collect();
    row_sums_are_nodes(&a, &radau::C);
    assert!(violation(&a, &radau::A[2], 1.0, 5) < 1e-15);
}

/// Coefficients of a series in words of drifts (0) and kicks (1), up to a length, by
/// `1 << length | letters`.
struct Series {
    length: usize,
    words: Vec<f64>,
}

impl Series {
    fn one(length: usize) -> Self {
        let mut words = vec![0.0; 2 << length];
        words[1] = 1.0;
        Series { length, words }
    }

    /// Times `exp(c X)` from the right: `word · Xᵏ` gains `cᵏ/k!`.
    fn times_exponential(&mut self, letter: usize, c: f64) {
        let mut result = self.words.clone();
        for word in 1..(1usize << self.length) {
            let (mut longer, mut factor, mut k) = (word, self.words[word], 0.0);
            while longer < 1 << self.length {
                longer = longer << 1 | letter;
                k += 1.0;
                factor *= c / k;
                result[longer] += factor;
            }
        }
        self.words = result;
    }
}

/// A splitting of order p agrees with `exp(A + B)`, whose word of n letters has 1/n!, in all words of
/// up to p letters.
#[test]
fn splittings_meet_their_conditions_in_the_free_algebra() {
    for entry in METHODS.iter().filter(|entry| entry.needs == Needs::Partition) {
        let splitting = splitting(entry.method).expect("a splitting");
        let order = entry.order as usize;
        let (mut series, mut size) = (Series::one(order + 1), Series::one(order + 1));
        let first = usize::from(splitting.first == Part::Kick);
        for (stage, outer) in splitting.outer.iter().enumerate() {
            let inner = splitting.inner.get(stage).copied().unwrap_or(0.0);
            for (letter, fraction) in [(first, *outer), (1 - first, inner)] {
                series.times_exponential(letter, fraction);
                size.times_exponential(letter, fraction.abs());
            }
        }
        let (mut worst, mut beyond) = (0f64, 0f64);
        for word in 1..2usize << (order + 1) {
            let letters = word.ilog2() as usize;
            let expected = 1.0 / (1..=letters).map(|k| k as f64).product::<f64>();
            let defect = (series.words[word] - expected).abs() / size.words[word].max(expected);
            if letters <= order { worst = worst.max(defect) } else { beyond = beyond.max(defect) }
        }
        assert!(worst < 1e-14, "{}: {worst:e}", entry.name);
        assert!(beyond > 1e-9, "{}: beyond its order {beyond:e}", entry.name);
    }
}

#[test]
fn splittings_make_one_whole_step_of_each_half() {
    for entry in METHODS {
        let Some(splitting) = splitting(entry.method) else { continue };
        for half in [&splitting.outer, &splitting.inner] {
            assert!((half.iter().sum::<f64>() - 1.0).abs() < 1e-14, "{}", entry.name);
            let mirrored: Vec<f64> = half.iter().rev().copied().collect();
            assert!(entry.method == Method::SymplecticEuler || &mirrored == half, "{} is symmetric", entry.name);
        }
    }
}

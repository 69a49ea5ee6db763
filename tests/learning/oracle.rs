//! The rates of equations with every net written out, in numbers that carry a derivative.

use hamel::formalism::equations::{Block, EquationsOfMotion, Mass};
use hamel::symbolic::evaluate::{Bindings, evaluate};
use hamel::symbolic::{Entry, ExprId, Graph, NetId, SymbolId, SymbolInfo};
use num_dual::Dual64;
use std::collections::HashMap;

/// Equations without nets: the weights are arrays.
pub struct Written {
    graph: Graph,
    blocks: Vec<Block>,
    equations: EquationsOfMotion,
    weights: Weights,
}

/// The weights of nets as arrays.
#[derive(Default)]
struct Weights {
    arrays: HashMap<NetId, Vec<ExprId>>,
    places: HashMap<SymbolId, (NetId, usize)>,
}

impl Weights {
    /// An expression with its nets written out.
    fn open(&mut self, g: &mut Graph, e: ExprId) -> ExprId {
        g.expand_nets(&[e], &mut |g, net| {
            let places = &mut self.places;
            self.arrays
                .entry(net)
                .or_insert_with(|| {
                    let info = g.net_info(net).clone();
                    let shapes = info.architecture.weights(info.inputs, info.outputs);
                    let one = |(k, w): (usize, &hamel::symbolic::WeightShape)| {
                        let s = g.symbol(SymbolInfo::array("w", w.rows * w.columns));
                        places.insert(s, (net, k));
                        g.array(s)
                    };
                    shapes.iter().enumerate().map(one).collect()
                })
                .clone()
        })[0]
    }
}

impl Written {
    pub fn new(equations: &EquationsOfMotion) -> Written {
        let mut g = equations.graph.clone();
        let mut weights = Weights::default();
        let mut open = |g: &mut Graph, e: ExprId| weights.open(g, e);
        let mut blocks = equations.blocks.clone();
        for block in &mut blocks {
            match block {
                Block::Explicit { rates, .. } => rates.iter_mut().for_each(|e| e.value = open(&mut g, e.value)),
                Block::Linear { mass, forcing, .. } => {
                    forcing.iter_mut().for_each(|e| e.value = open(&mut g, e.value));
                    match mass {
                        Mass::Entries(list) => list.iter_mut().for_each(|e| e.2 = open(&mut g, e.2)),
                        Mass::Diagonal(list) => list.iter_mut().for_each(|e| e.value = open(&mut g, e.value)),
                        Mass::Tangent { .. } => panic!("small systems have entries"),
                    }
                }
                Block::Newton { .. } => panic!("no implicit equations here"),
            }
        }
        Written { graph: g, blocks, equations: equations.clone(), weights }
    }

    /// The gradient of an expression of the equations by leaves, at a state.
    pub fn gradient(
        &mut self,
        of: ExprId,
        leaves: &[ExprId],
        y: &[Dual64],
        weight: &dyn Fn(NetId, usize, usize) -> Dual64,
        parameters: &[f64],
    ) -> Vec<Dual64> {
        let slopes: Vec<ExprId> = leaves
            .iter()
            .map(|leaf| {
                let slope = self.graph.differentiate(of, *leaf);
                self.weights.open(&mut self.graph, slope)
            })
            .collect();
        let g = &self.graph;
        let leaf = |s: SymbolId, k: usize| match self.weights.places.get(&s) {
            Some((net, array)) => weight(*net, *array, k),
            None => {
                let of = |list: &[hamel::formalism::equations::StateLeaf]| {
                    list.iter().find(|l| g.symbol_of(l.leaf) == Some(s)).map(|l| l.offset + k)
                };
                let state = of(&self.equations.states).map(|at| y[at]);
                state.unwrap_or_else(|| Dual64::from(parameters[of(&self.equations.parameters).unwrap()]))
            }
        };
        evaluate::<Dual64>(g, &slopes, &Bindings { scalar: &|s| leaf(s, 0), element: &leaf })
    }

    /// The rates at a state. `weight(net, array, place)` and `parameter(component)` are numbers with a derivative.
    pub fn rates(
        &self,
        y: &[Dual64],
        weight: &dyn Fn(NetId, usize, usize) -> Dual64,
        parameter: &dyn Fn(usize) -> Dual64,
    ) -> Vec<Dual64> {
        let mut rates = vec![Dual64::from(0.0); y.len()];
        let mut solved: HashMap<SymbolId, Vec<Dual64>> = HashMap::new();
        let g = &self.graph;
        for block in &self.blocks {
            let values = |exprs: &[ExprId], solved: &HashMap<SymbolId, Vec<Dual64>>| {
                let leaf = |s: SymbolId, k: usize| {
                    if let Some((net, array)) = self.weights.places.get(&s) {
                        return weight(*net, *array, k);
                    }
                    if let Some(v) = solved.get(&s) {
                        return v[k];
                    }
                    let of = |list: &[hamel::formalism::equations::StateLeaf]| {
                        list.iter().find(|l| g.symbol_of(l.leaf) == Some(s)).map(|l| l.offset + k)
                    };
                    if let Some(at) = of(&self.equations.states) {
                        return y[at];
                    }
                    parameter(of(&self.equations.parameters).unwrap())
                };
                evaluate::<Dual64>(g, exprs, &Bindings { scalar: &|s| leaf(s, 0), element: &leaf })
            };
            let dense = |entries: &[Entry], n: usize, solved: &HashMap<SymbolId, Vec<Dual64>>| {
                let exprs: Vec<ExprId> = entries.iter().map(|e| e.value).collect();
                let mut out = vec![Dual64::from(0.0); n];
                for (e, v) in entries.iter().zip(values(&exprs, solved)) {
                    out[g.as_integer(e.index).unwrap() as usize] += v;
                }
                out
            };
            match block {
                Block::Explicit { offset, length, rates: list } => {
                    rates[*offset..offset + length].copy_from_slice(&dense(list, *length, &solved));
                }
                Block::Linear { offset, length, mass, forcing, symmetric, unknowns, .. } => {
                    let n = *length;
                    let mut m = vec![vec![Dual64::from(0.0); n]; n];
                    match mass {
                        Mass::Entries(list) => {
                            let exprs: Vec<ExprId> = list.iter().map(|e| e.2).collect();
                            for ((i, j, _), v) in list.iter().zip(values(&exprs, &solved)) {
                                m[*i as usize][*j as usize] = v;
                                if *symmetric {
                                    m[*j as usize][*i as usize] = v;
                                }
                            }
                        }
                        Mass::Diagonal(list) => {
                            for (k, v) in dense(list, n, &solved).into_iter().enumerate() {
                                m[k][k] = v;
                            }
                        }
                        Mass::Tangent { .. } => unreachable!(),
                    }
                    let a = eliminate(m, dense(forcing, n, &solved));
                    rates[*offset..offset + n].copy_from_slice(&a);
                    for u in unknowns {
                        solved.insert(g.symbol_of(u.leaf).unwrap(), a[u.offset..u.offset + u.length].to_vec());
                    }
                }
                Block::Newton { .. } => unreachable!(),
            }
        }
        rates
    }
}

/// Gauss with partial pivoting.
fn eliminate(mut m: Vec<Vec<Dual64>>, mut f: Vec<Dual64>) -> Vec<Dual64> {
    let n = f.len();
    for k in 0..n {
        let pivot = (k..n).max_by(|a, b| m[*a][k].re.abs().total_cmp(&m[*b][k].re.abs())).unwrap();
        m.swap(k, pivot);
        f.swap(k, pivot);
        for i in k + 1..n {
            let factor = m[i][k] / m[k][k];
            for j in k..n {
                let change = factor * m[k][j];
                m[i][j] -= change;
            }
            let change = factor * f[k];
            f[i] -= change;
        }
    }
    for k in (0..n).rev() {
        for j in k + 1..n {
            let change = m[k][j] * f[j];
            f[k] -= change;
        }
        f[k] /= m[k][k];
    }
    f
}

/// `|x|`
pub fn magnitude(x: Dual64) -> Dual64 {
    if x.re < 0.0 { -x } else { x }
}

//! The rows that a fit sees, in the places of the equations.

/// Data in the layout of a system's equations: columns by state component and parameter.
///
/// All columns have one entry per row; a row is one time of one trial.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Number of rows.
    pub count: usize,
    /// Time of each row.
    pub time: Vec<f64>,
    /// First row of each trial or trajectory, and the end: rows of two trials, or across a gap, are
    /// never taken together.
    pub trials: Vec<usize>,
    /// By state component: its values, where they are measured.
    pub states: Vec<Option<Vec<f64>>>,
    /// By state component: its rate, where it is known.
    pub rates: Vec<Option<Vec<f64>>>,
    /// By component of the parameters: values that change from row to row (inputs).
    pub inputs: Vec<Option<Vec<f64>>>,
    /// Whether inputs keep their value until the next row; else they are straight between rows.
    pub hold: bool,
    /// By state component: the factor of its error in the loss, where there is one.
    pub weights: Vec<Option<Vec<f64>>>,
    /// By state component: the deviation of its noise, where it is known.
    pub noise: Vec<Option<f64>>,
    /// By state component: whether it is an angle, whose errors are counted around the circle.
    pub periodic: Vec<bool>,
    /// By state component: the component that is its rate (`q` and `q'`), where there is one.
    pub velocity: Vec<Option<usize>>,
}

impl Rows {
    /// The rows of a subset, which keep their order and their trials.
    pub fn select(&self, rows: &[usize]) -> Rows {
        let take = |v: &Vec<f64>| rows.iter().map(|r| v[*r]).collect::<Vec<f64>>();
        let columns = |list: &[Option<Vec<f64>>]| list.iter().map(|c| c.as_ref().map(take)).collect();
        let trial = |r: usize| self.trials.partition_point(|start| *start <= r);
        let mut trials = vec![0];
        for (k, pair) in rows.windows(2).enumerate() {
            if trial(pair[0]) != trial(pair[1]) || pair[1] != pair[0] + 1 {
                trials.push(k + 1);
            }
        }
        trials.push(rows.len());
        Rows {
            count: rows.len(),
            time: take(&self.time),
            trials,
            states: columns(&self.states),
            rates: columns(&self.rates),
            inputs: columns(&self.inputs),
            weights: columns(&self.weights),
            noise: self.noise.clone(),
            periodic: self.periodic.clone(),
            velocity: self.velocity.clone(),
            hold: self.hold,
        }
    }
}

//! Scores of rates at the rows of data: those of the model beside those of the data.

/// By row: rates of the model and of the data, component by component.
pub type RatePairs = Vec<Vec<(f64, f64)>>;

/// The mean square of the differences over rows and components. Infinite where the model has no rate.
pub fn mean_square(rows: &[Vec<(f64, f64)>]) -> f64 {
    let count: usize = rows.iter().map(Vec::len).sum();
    over(rows, |d| d * d, count)
}

/// The mean over rows of the sum over components of the absolute differences: the loss of Cranmer et al.,
/// *Lagrangian Neural Networks* (2020). Infinite where the model has no rate.
pub fn mean_absolute_sum(rows: &[Vec<(f64, f64)>]) -> f64 {
    over(rows, f64::abs, rows.len())
}

/// The largest absolute difference of a component. Infinite where the model has no rate.
pub fn largest(rows: &[Vec<(f64, f64)>]) -> f64 {
    let differences = rows.iter().flatten().map(|(model, data)| (model - data).abs());
    differences.fold(0.0, |m: f64, d| if d.is_finite() { m.max(d) } else { f64::INFINITY })
}

/// The same over the largest magnitude of a component of the data.
pub fn relative_largest(rows: &[Vec<(f64, f64)>]) -> f64 {
    largest(rows) / rows.iter().flatten().fold(0.0, |m: f64, (_, data)| m.max(data.abs()))
}

fn over(rows: &[Vec<(f64, f64)>], of: impl Fn(f64) -> f64, count: usize) -> f64 {
    let mut sum = 0.0;
    for (model, data) in rows.iter().flatten() {
        if !model.is_finite() {
            return f64::INFINITY;
        }
        sum += of(model - data);
    }
    if count > 0 { sum / count as f64 } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_compared_row_by_row() {
        let rows = [vec![(1.0, 0.0), (0.0, 3.0)], vec![(2.0, 1.0), (1.0, 1.0)]];
        assert_eq!(mean_square(&rows), 11.0 / 4.0);
        assert_eq!(mean_absolute_sum(&rows), 5.0 / 2.0);
        assert_eq!(largest(&rows), 3.0);
        assert_eq!(relative_largest(&rows), 1.0);
    }

    #[test]
    fn rates_that_are_missing_make_the_score_infinite() {
        assert_eq!(mean_square(&[vec![(f64::NAN, 0.0)]]), f64::INFINITY);
        assert_eq!(largest(&[vec![(f64::NAN, 0.0)], vec![(1.0, 0.0)]]), f64::INFINITY);
        assert_eq!(mean_absolute_sum(&[vec![(1.0, 0.0), (f64::INFINITY, 0.0)]]), f64::INFINITY);
    }
}

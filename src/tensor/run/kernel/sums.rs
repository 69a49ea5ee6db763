//! Thin products and sums: over features, and over the lanes that are samples.

use super::{Memory, Operand, Place, SharedRef, Source, Tile};
use crate::tensor::run::number::Number;
use std::cell::Cell;

/// `acc_g += Σ_lanes v_g`
#[inline(always)]
pub(super) fn lanes<F: Number, const W: usize>(memory: &Memory<F, W>, tile: &Tile, of: Operand, acc: usize) {
    let valid = memory.valid_in(tile);
    let v = memory.source(of, tile);
    let acc = &memory.acc[acc + tile.row..][..tile.rows];
    for (g, cell) in acc.iter().enumerate() {
        let sum = match v {
            Source::Cells { cells, stride } => sum_row(&cells[g * stride..][..tile.n], valid),
            Source::Numbers { numbers, stride } => numbers[g * stride] * F::from_f64(valid as f64),
        };
        cell.set(cell.get() + sum);
    }
}

/// `acc(g, j) += Σ_lanes v_g x_j`
#[inline(always)]
pub(super) fn outer<F: Number, const W: usize>(
    memory: &Memory<F, W>,
    tile: &Tile,
    of: Operand,
    (x, count): (Place, usize),
    (acc, row, col): (usize, usize, usize),
) {
    let valid = memory.valid_in(tile);
    let v = memory.source(of, tile);
    let rows = |j: usize| &memory.place(x, j, tile)[..tile.n];
    let mut j = 0;
    while let Source::Cells { cells, stride } = v
        && j < count
    {
        let at = |g: usize, k: usize| &memory.acc[acc + (tile.row + g) * row + (j + k) * col];
        match count - j {
            1 => several(cells, stride, tile, [rows(j)], valid, at),
            2 => several(cells, stride, tile, [rows(j), rows(j + 1)], valid, at),
            3 => several(cells, stride, tile, [rows(j), rows(j + 1), rows(j + 2)], valid, at),
            _ => several(cells, stride, tile, [rows(j), rows(j + 1), rows(j + 2), rows(j + 3)], valid, at),
        }
        j = (j + 4).min(count);
    }
    if let Source::Numbers { numbers, stride } = v {
        for j in 0..count {
            let sum = sum_row(rows(j), valid);
            for g in 0..tile.rows {
                let cell = &memory.acc[acc + (tile.row + g) * row + j * col];
                cell.set(cell.get() + numbers[g * stride] * sum);
            }
        }
    }
}

/// `at(g, j) += Σ_lanes v_g x_j` for a few rows `x_j`.
#[inline(always)]
fn several<'a, F: Number, const W: usize, const C: usize>(
    cells: &[Cell<[F; W]>],
    stride: usize,
    tile: &Tile,
    x: [&[Cell<[F; W]>]; C],
    valid: usize,
    at: impl Fn(usize, usize) -> &'a Cell<F>,
) {
    let whole = valid / W;
    for g in 0..tile.rows {
        let v = &cells[g * stride..][..tile.n];
        let mut sums = [[F::ZERO; W]; C];
        for k in 0..whole {
            let a = v[k].get();
            for j in 0..C {
                let b = x[j][k].get();
                for lane in 0..W {
                    sums[j][lane] = a[lane].fused(b[lane], sums[j][lane]);
                }
            }
        }
        if valid > whole * W {
            let a = v[whole].get();
            for j in 0..C {
                let b = x[j][whole].get();
                for lane in 0..W {
                    let sum = a[lane].fused(b[lane], sums[j][lane]);
                    sums[j][lane] = if lane < valid - whole * W { sum } else { sums[j][lane] };
                }
            }
        }
        for j in 0..C {
            let total = reduce(sums[j]);
            let cell = at(g, j);
            cell.set(cell.get() + total);
        }
    }
}

/// The sum of the first `valid` lanes.
#[inline(always)]
fn sum_row<F: Number, const W: usize>(v: &[Cell<[F; W]>], valid: usize) -> F {
    let whole = valid / W;
    let mut sum = [F::ZERO; W];
    for chunk in &v[..whole] {
        let chunk = chunk.get();
        for lane in 0..W {
            sum[lane] += chunk[lane];
        }
    }
    if valid > whole * W {
        let last = v[whole].get();
        for lane in 0..W {
            sum[lane] = if lane < valid - whole * W { sum[lane] + last[lane] } else { sum[lane] };
        }
    }
    reduce(sum)
}

/// The sum of a chunk by halves.
#[inline(always)]
fn reduce<F: Number, const W: usize>(mut sum: [F; W]) -> F {
    let mut half = W / 2;
    while half > 0 {
        for lane in 0..half {
            sum[lane] += sum[lane + half];
        }
        half /= 2;
    }
    sum[0]
}
/// `to_g = Σ_j w(g, j) x_j`
#[inline(always)]
pub(super) fn thin<F: Number, const W: usize>(
    memory: &Memory<F, W>,
    tile: &Tile,
    w: SharedRef,
    count: usize,
    x: Place,
    to: Operand,
) {
    match count {
        1 => few::<F, W, 1>(memory, tile, w, x, to),
        2 => few::<F, W, 2>(memory, tile, w, x, to),
        3 => few::<F, W, 3>(memory, tile, w, x, to),
        4 => few::<F, W, 4>(memory, tile, w, x, to),
        _ => many(memory, tile, w, count, x, to),
    }
}

/// The same for a number of terms that is known.
#[inline(always)]
fn few<F: Number, const W: usize, const C: usize>(
    memory: &Memory<F, W>,
    tile: &Tile,
    w: SharedRef,
    x: Place,
    to: Operand,
) {
    let numbers = memory.shared(w);
    let out = memory.out(to, tile);
    let rows: [&[Cell<[F; W]>]; C] = std::array::from_fn(|j| &memory.place(x, j, tile)[..tile.n]);
    for g in 0..tile.rows {
        let own = &numbers[(tile.row + g) * w.row..];
        let own: [F; C] = std::array::from_fn(|j| own[j * w.col]);
        let out = out.row(g);
        for k in 0..out.len() {
            let mut sum = [F::ZERO; W];
            for j in 0..C {
                let x = rows[j][k].get();
                for lane in 0..W {
                    sum[lane] = if j == 0 { own[j] * x[lane] } else { own[j].fused(x[lane], sum[lane]) };
                }
            }
            out[k].set(sum);
        }
    }
}

#[inline(always)]
fn many<F: Number, const W: usize>(
    memory: &Memory<F, W>,
    tile: &Tile,
    w: SharedRef,
    count: usize,
    x: Place,
    to: Operand,
) {
    let numbers = memory.shared(w);
    let out = memory.out(to, tile);
    let step = x.stride * memory.chunks;
    let x = memory.place(x, 0, tile);
    for g in 0..tile.rows {
        let own = &numbers[(tile.row + g) * w.row..];
        for (k, out) in out.row(g).iter().enumerate() {
            let mut sum = [F::ZERO; W];
            for j in 0..count {
                let (c, x) = (own[j * w.col], x[j * step + k].get());
                for lane in 0..W {
                    sum[lane] = c.fused(x[lane], sum[lane]);
                }
            }
            out.set(sum);
        }
    }
}

/// `to_j += Σ_g w(g, j) v_g`, `w = 1` if absent.
#[inline(always)]
pub(super) fn features<F: Number, const W: usize>(
    memory: &Memory<F, W>,
    tile: &Tile,
    of: Operand,
    w: Option<SharedRef>,
    count: usize,
    to: Place,
) {
    let v = memory.source(of, tile);
    for j in 0..count {
        let out = &memory.place(to, j, tile)[..tile.n];
        if tile.row == 0 {
            out.iter().for_each(|chunk| chunk.set([F::ZERO; W]));
        }
        // the weights of this row, by feature
        let (numbers, step) = match w {
            Some(w) => (&memory.shared(w)[tile.row * w.row + j * w.col..], w.row),
            None => (&[F::ONE] as &[F], 0),
        };
        for (k, out) in out.iter().enumerate() {
            let mut sum = out.get();
            for g in 0..tile.rows {
                let c = numbers[g * step];
                let x = match v {
                    Source::Cells { cells, stride } => cells[g * stride + k].get(),
                    Source::Numbers { numbers, stride } => [numbers[g * stride]; W],
                };
                for lane in 0..W {
                    sum[lane] = c.fused(x[lane], sum[lane]);
                }
            }
            out.set(sum);
        }
    }
}

//! What stands behind the stages of one phase, for one state: sums, running sums, scatters, stages of
//! nets and solves.

use super::program::{After, Factored, Program, SolveFailure, Solver, Workspace};
use super::solve::{General, Singular, Symmetric};
use crate::real::sum::ordered_sum_by;

impl After {
    /// Additions and solves, for counting.
    pub(super) fn operations(&self, program: &Program) -> usize {
        match self {
            After::Net { group, stage } => program.nets[*group].operations(*stage),
            After::Sum { segments, .. } | After::Extreme { segments, .. } => {
                segments.last().copied().unwrap_or(0) as usize
            }
            After::Scan { count, .. } => *count as usize,
            After::Scatter { contributions, .. } => contributions.iter().map(|c| c.cells.len()).sum(),
            After::Solve { solver, .. } => match solver {
                Solver::Diagonal { n, .. } | Solver::Checked { n, .. } => *n,
                Solver::Symmetric { n, .. } => n * n * n / 6 + n * n,
                Solver::General { n, .. } => n * n * n / 3 + n * n,
            },
        }
    }

    /// Calls `visit` for every cell that it reads, as often as it does.
    pub(super) fn for_each_read(&self, program: &Program, mut visit: impl FnMut(u32)) {
        let mut run = |base: u32, count: usize| (base..base + count as u32).for_each(&mut visit);
        match self {
            After::Sum { source, segments, .. } | After::Extreme { source, segments, .. } => {
                run(*source, segments.last().map_or(0, |end| *end as usize));
            }
            After::Scan { source, count, .. } => run(*source, *count as usize),
            After::Scatter { contributions, .. } => {
                contributions.iter().for_each(|part| run(part.source, part.cells.len()));
            }
            After::Net { group, stage } => {
                program.nets[*group].reads(*stage).for_each(|(base, count)| run(base, count));
            }
            After::Solve { solver, .. } => match *solver {
                Solver::Diagonal { n, diagonal, forcing, .. } => {
                    run(diagonal, n);
                    run(forcing, n);
                }
                Solver::Checked { n, margin, matrix, forcing, .. } => {
                    run(margin, 1);
                    run(matrix, n * n);
                    run(forcing, n);
                }
                Solver::Symmetric { n, matrix, forcing, .. } | Solver::General { n, matrix, forcing, .. } => {
                    run(matrix, n * n);
                    run(forcing, n);
                }
            },
        }
    }

    /// Calls `visit` for the cells it writes: first and count.
    pub(super) fn for_each_written(&self, program: &Program, mut visit: impl FnMut(u32, usize)) {
        match self {
            After::Sum { segments, target, .. } | After::Extreme { segments, target, .. } => {
                visit(*target, segments.len() - 1);
            }
            After::Scan { target, count, .. } => visit(*target, *count as usize),
            After::Scatter { target, length, .. } => visit(*target, *length as usize),
            After::Net { group, stage } => program.nets[*group].writes(*stage).for_each(|(b, n)| visit(b, n)),
            After::Solve { solver, .. } => match *solver {
                Solver::Diagonal { n, unknowns, .. }
                | Solver::Checked { n, unknowns, .. }
                | Solver::Symmetric { n, unknowns, .. }
                | Solver::General { n, unknowns, .. } => visit(unknowns, n),
            },
        }
    }

    pub(super) fn run(&self, program: &Program, work: &mut Workspace) -> Result<(), SolveFailure> {
        match self {
            After::Sum { source, segments, target } => {
                for (part, range) in segments.windows(2).enumerate() {
                    let terms = &work.cells[(source + range[0]) as usize..(source + range[1]) as usize];
                    work.cells[*target as usize + part] = ordered_sum_by(terms.len(), |i| terms[i]);
                }
            }
            After::Extreme { source, segments, target, minimum } => {
                for (part, range) in segments.windows(2).enumerate() {
                    let terms = work.cells[(source + range[0]) as usize..(source + range[1]) as usize].iter().copied();
                    let best = if *minimum { terms.reduce(crate::real::min) } else { terms.reduce(crate::real::max) };
                    work.cells[*target as usize + part] = best.unwrap_or(f64::NAN);
                }
            }
            After::Scan { source, target, count, length, reverse } => {
                for start in (0..*count as usize).step_by(*length as usize) {
                    let (from, to) = (*source as usize + start, *target as usize + start);
                    let mut total = 0.0;
                    for i in 0..*length as usize {
                        let at = if *reverse { *length as usize - 1 - i } else { i };
                        total = if i == 0 { work.cells[from + at] } else { total + work.cells[from + at] };
                        work.cells[to + at] = total;
                    }
                }
            }
            After::Scatter { target, length, contributions } => {
                work.cells[*target as usize..(target + length) as usize].fill(0.0);
                for part in contributions {
                    for (term, cell) in part.cells.iter().enumerate().filter(|(_, cell)| **cell != 0) {
                        work.cells[*cell as usize] += work.cells[part.source as usize + term];
                    }
                }
            }
            After::Net { group, stage } => {
                let Workspace { level, cells, nets, .. } = work;
                program.nets[*group].run(*stage, *level, &mut nets[*group], cells);
            }
            After::Solve { number, solver, constant, offset } => {
                let failed = |singular: Singular| SolveFailure { singular, component: offset + singular.component };
                solver.run(*number, *constant, work).map_err(failed)?;
            }
        }
        Ok(())
    }
}

impl Solver {
    fn run(&self, number: usize, constant: bool, work: &mut Workspace) -> Result<(), Singular> {
        match *self {
            Solver::Diagonal { n, diagonal, forcing, unknowns } => {
                for i in 0..n {
                    let d = work.cells[diagonal as usize + i];
                    if !(d.abs() > 0.0 && d.is_finite()) {
                        let rcond = if d == 0.0 { 0.0 } else { f64::NAN };
                        return Err(Singular { rcond, component: i });
                    }
                    work.cells[unknowns as usize + i] = work.cells[forcing as usize + i] / d;
                }
                Ok(())
            }
            Solver::Checked { n, margin, matrix, forcing, unknowns } => {
                if work.cells[margin as usize] > 0.0 {
                    return Ok(());
                }
                Solver::Symmetric { n, matrix, forcing, unknowns }.run(number, constant, work)
            }
            Solver::Symmetric { n, matrix, forcing, unknowns } => {
                let kept = work.solvers[number].take();
                let known = constant && kept.is_some();
                let mut factored = match kept {
                    Some(Factored::Symmetric(factored)) => factored,
                    _ => Box::new(Symmetric::new(n)),
                };
                if !known {
                    let matrix = &work.cells[matrix as usize..matrix as usize + n * n];
                    factored.factor(work.level, matrix)?;
                }
                work.cells.copy_within(forcing as usize..forcing as usize + n, unknowns as usize);
                factored.solve(work.level, &mut work.cells[unknowns as usize..unknowns as usize + n]);
                work.solvers[number] = Some(Factored::Symmetric(factored));
                Ok(())
            }
            Solver::General { n, matrix, forcing, unknowns } => {
                let kept = work.solvers[number].take();
                let known = constant && kept.is_some();
                let mut factored = match kept {
                    Some(Factored::General(factored)) => factored,
                    _ => Box::new(General::new(n)),
                };
                if !known {
                    factored.factor(&work.cells[matrix as usize..matrix as usize + n * n])?;
                }
                work.cells.copy_within(forcing as usize..forcing as usize + n, unknowns as usize);
                factored.solve(&mut work.cells[unknowns as usize..unknowns as usize + n]);
                work.solvers[number] = Some(Factored::General(factored));
                Ok(())
            }
        }
    }
}

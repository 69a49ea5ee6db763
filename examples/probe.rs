//! Timing probe (temporary).
use hamel::lanes::*;
use std::time::Instant;
fn main() {
    for n in [8usize, 32, 33, 64] {
        let mut d = hamel::kernel::solve::Symmetric::new(n);
        let m: Vec<f64> = (0..n * n).map(|i| if i % (n + 1) == 0 { n as f64 } else { 0.5 }).collect();
        for &level in Level::available() {
            let mut x = vec![1.0; n];
            let t = Instant::now();
            for _ in 0..20000 {
                d.factor(level, &m).unwrap();
            }
            let a = t.elapsed().as_secs_f64() / 20000.0;
            let t = Instant::now();
            for _ in 0..20000 {
                d.solve(level, &mut x);
            }
            let b = t.elapsed().as_secs_f64() / 20000.0;
            println!("n={n} {} factor {:.3} us solve {:.3} us", level.name(), a * 1e6, b * 1e6);
        }
    }

    let mut b = TapeBuilder::new();
    let q: Vec<Value> = (0..4).map(|_| b.input()).collect();
    let p: Vec<Value> = (0..6).map(|_| b.uniform()).collect();
    let op = Operation::Sub;
    let d = b.apply(op, &[q[0], q[1]]);
    let cd = b.apply(Operation::Cos, &[d]);
    let sd = b.apply(Operation::Sin, &[d]);
    let s1 = b.apply(Operation::Sin, &[q[0]]);
    let s2 = b.apply(Operation::Sin, &[q[1]]);
    // m12 = p0*cd ; f1 = p1*s1 - p2*sd*v2^2 - c v1 ...
    let m12 = b.mul(p[0], cd);
    let v1 = b.mul(q[2], q[2]);
    let v2 = b.mul(q[3], q[3]);
    let psd = b.mul(p[0], sd);
    let a = b.mul(psd, v2);
    let g1 = b.mul(p[1], s1);
    let f1 = b.sub(g1, a);
    let x = b.mul(p[2], q[2]);
    let f1 = b.sub(f1, x);
    let a = b.mul(psd, v1);
    let g2 = b.mul(p[3], s2);
    let f2 = b.add(g2, a);
    let x = b.mul(p[2], q[3]);
    let f2 = b.sub(f2, x);
    // solve
    let l = b.mul(m12, p[4]);
    let t = b.mul(l, m12);
    let d2 = b.sub(p[5], t);
    let t = b.mul(l, f1);
    let z2 = b.sub(f2, t);
    let a2 = b.div(z2, d2);
    let z1 = b.mul(f1, p[4]);
    let t = b.mul(l, a2);
    let a1 = b.sub(z1, t);
    let tape = b.finish(&[a1, a2]);
    println!("{} instructions {} slots", tape.code.len(), tape.slots);
    let mut u = tape.fresh_uniforms();
    let c = tape.constants.len();
    u[c..].copy_from_slice(&[1.0, 19.6, 0.0, 9.8, 0.5, 1.0]);
    let mut slots = vec![[0.0; LANES]; tape.slots];
    for &level in Level::available() {
        let mut best = f64::MAX;
        for _ in 0..7 {
            let t = Instant::now();
            let n = 20000;
            for k in 0..n {
                for i in 0..4 {
                    for l in 0..LANES {
                        slots[i][l] = 0.1 * i as f64 + 0.01 * l as f64 + 1e-9 * k as f64;
                    }
                }
                tape.run_block(level, &u, &mut slots);
            }
            best = best.min(t.elapsed().as_secs_f64() / n as f64 / LANES as f64);
        }
        println!("{} {:.2} ns per lane, {}", level.name(), best * 1e9, slots[tape.outputs[0] as usize][3].to_bits());
        let mut s1 = vec![[0.0; 1]; tape.slots];
        let n = 1000000;
        let t = Instant::now();
        for _ in 0..n {
            for i in 0..4 {
                s1[i][0] = 0.1 * i as f64;
            }
            tape.run_single(level, &u, &mut s1);
        }
        println!("  single {:.1} ns", t.elapsed().as_secs_f64() / n as f64 * 1e9);
    }
    for o in [
        Operation::Sin,
        Operation::SinCos,
        Operation::Exp,
        Operation::Ln,
        Operation::Tanh,
        Operation::Mul,
        Operation::Div,
        Operation::MulAdd,
    ] {
        let t = Tape {
            code: vec![Instruction { operation: o, a: 0, b: 1, c: 2, target: 3 }; 100],
            inputs: 3,
            slots: 4,
            ..Tape::default()
        };
        let mut slots = vec![[0.5; LANES]; 4];
        for &level in Level::available() {
            let s = Instant::now();
            for _ in 0..1000 {
                t.run_block(level, &[], &mut slots);
            }
            print!("{:?} {} {:.3} ns  ", o, level.name(), s.elapsed().as_secs_f64() / 1e5 / 64.0 * 1e9);
        }
        println!();
    }
}

//! Shows tapes (temporary).
#[path = "/work/w/kernel/tests/kernel_support/mod.rs"]
mod kernel_support;
use hamel::kernel::program::*;
fn main() {
    for e in [kernel_support::double_pendulum(), kernel_support::pendulum_family(32)] {
        let r =
            hamel::kernel::blocks::Rates::compile(&e, &e.graph, e.blocks.iter(), &[], hamel::lanes::Level::detect())
                .unwrap();
        for p in r.programs() {
            for (t, s) in p.stages.iter().enumerate() {
                for s in s {
                    match s {
                        Stage::Scalar(s) => {
                            println!("tier {t} scalar");
                            for i in &s.blocks.narrow.tape.code {
                                println!("  {i:?}");
                            }
                        }
                        Stage::Loop(s) => {
                            println!("tier {t} loop {}", s.count);
                            println!("loads {:?} stores {:?}", s.loads, s.stores);
                            for i in &s.terms.code {
                                println!("  {i:?}");
                            }
                        }
                        Stage::After(a) => println!("tier {t} {a:?}"),
                    }
                }
            }
        }
    }
}

use hamel::run::*;
fn main() {
    for f in std::env::args().skip(1) {
        let loaded = load_file(std::path::Path::new(&f), None).unwrap();
        let mut program = loaded.program;
        let (request, d0) = prepare::request(&mut program, &Overrides::default());
        for (n, _) in hamel::model::system_names(&program) {
            let (p, mut d) = prepare::prepare(&program, &n, &request, 0);
            d.extend(d0.clone().sorted());
            let fmt = hamel::diagnostic::Format::Human { colour: false };
            match p {
                Some(p) => {
                    let r = simulate(p, simulate::Conditions::default(), &mut d);
                    if let Some(r) = r {
                        println!(
                            "== {f} {n}: {} {:?} rows {} {:.3}s method {:?}",
                            r.trajectory.outcome.name(),
                            r.trajectory.statistics,
                            r.trajectory.len(),
                            r.seconds,
                            r.choice.method
                        );
                        for d in &r.drifts {
                            println!("   drift {} {:.2e} {:?}", d.name, d.worst, d.reason);
                        }
                        println!("   balance {:?}", r.balance);
                        for v in &r.verdicts {
                            println!(
                                "   {} {} value {:e} bound {:e} {:?}",
                                v.holds, v.text, v.value, v.bound, v.trouble
                            );
                        }
                    } else {
                        println!("== {f} {n}: cannot begin");
                    }
                }
                None => println!("== {f} {n}: not prepared"),
            }
            print!("{}", hamel::diagnostic::render_all(&d.sorted(), &program.files, fmt));
        }
    }
}

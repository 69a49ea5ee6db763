use hamel::model::*;
struct S;
impl Sources for S {
    fn read(&self, from: &str, path: &str) -> Result<(String, String), String> {
        let p = std::path::Path::new(from).parent().unwrap().join(path);
        let p = p.to_string_lossy().to_string();
        std::fs::read_to_string(&p).map(|t| (p.clone(), t)).map_err(|e| format!("{p}: {e}"))
    }
    fn standard(&self, name: &str) -> Option<Vec<(String, String)>> {
        let dir = format!("systems/{name}");
        let mut v: Vec<_> = std::fs::read_dir(dir).ok()?.flatten().map(|e| e.path()).collect();
        v.sort();
        Some(v.into_iter().map(|p| (p.to_string_lossy().to_string(), std::fs::read_to_string(&p).unwrap())).collect())
    }
    fn standard_names(&self) -> Vec<String> {
        vec!["mechanics".into()]
    }
}
fn main() {
    for f in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&f).unwrap();
        let (program, d) = load(&f, &text, &S);
        let mut all = d.sorted();
        let mut ok = vec![];
        for (n, _) in system_names(&program) {
            let (s, d) = resolve_system(&program, &n, &SystemRequest::default());
            all.extend(d.sorted());
            if let Some(s) = s {
                ok.push(format!(
                    "{n}: {} vars {} params {} nodes",
                    s.variables.len(),
                    s.parameters.len(),
                    s.graph.len()
                ));
            }
        }
        println!("== {f}: {ok:?}");
        print!(
            "{}",
            hamel::diagnostic::render_all(&all, &program.files, hamel::diagnostic::Format::Human { colour: false })
        );
    }
}

//! Text to tree and back.

use hamel::syntax::parse;

#[test]
fn every_example_of_the_language_parses() {
    let mut count = 0;
    for entry in std::fs::read_dir("tests/language").expect("the examples") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a text");
        let (ast, diagnostics) = parse(0, &text);
        assert!(diagnostics.is_empty(), "{}: {diagnostics:#?}", path.display());
        assert!(!ast.items.is_empty());
        count += 1;
    }
    assert!(count >= 21);
}

use super::*;
use crate::document::Document;

fn decoded(text: &str) -> (Decoded, Quotes, Span) {
    let span = Span::new(0, text.len());
    let (quotes, content) = Quotes::of(text, span).unwrap_or((
        Quotes {
            quote: '"',
            triple: false,
        },
        span,
    ));
    (Decoded::of(text, content, quotes), quotes, content)
}

#[test]
fn strings_say_what_toml_says_they_do() {
    for raw in [
        r#""plain""#,
        r#""a\tb\u00e9\"q\" \\ \x41 \e""#,
        r"'a\tb'",
        "\"\"\"\nfirst\n  second \\\n   third \"\" \"\"\"",
        "'''\nx\\n'''",
        "\"\"\"\"\"\"",
        "\"\"",
        "\"ä{{ 'x' }}\"",
    ] {
        let text = format!("x = {raw}\n");
        let (document, findings) = Document::parse(&text, &[]);
        assert!(findings.is_empty(), "{raw}");
        let said = document.root.get("x").and_then(Node::as_str);
        assert_eq!(said, Some(decoded(raw).0.text.as_str()), "{raw}");
    }
}

#[test]
fn each_character_knows_its_bytes() {
    let raw = r#""a\"é\n{{ x }}""#;
    let (decoded, ..) = decoded(raw);
    assert_eq!(decoded.text, "a\"é\n{{ x }}");
    let of = |text: &str| {
        let start = decoded.text.find(text).unwrap_or(0);
        decoded.span(Span::new(start, start + text.len())).of(raw)
    };
    assert_eq!(of("\""), "\\\"");
    assert_eq!(of("é"), "é");
    assert_eq!(of("\n"), "\\n");
    assert_eq!(of("{{ x }}"), "{{ x }}");
    assert_eq!(decoded.place(999), raw.len() - 1);
}

/// Renders the string by replacing `{{ x }}` by `value`, as the engine would.
fn replaced(raw: &str, value: &str) -> (String, SourceMap, Vec<Span>) {
    let file = Arc::new(Source::new("f", format!("a = {raw} # end\n")));
    let span = Span::new(4, 4 + raw.len());
    let Some((quotes, content)) = Quotes::of(&file.text, span) else {
        return Assembly::new(&file).finish();
    };
    let decoded = Decoded::of(&file.text, content, quotes);
    let inner = Arc::new(Source::new("f", decoded.text.clone()));
    let mut text = String::new();
    let mut pieces = Vec::new();
    let mut placeholders = Vec::new();
    let mut at = 0;
    for (start, tag) in decoded.text.match_indices("{{ x }}") {
        for (source, made, mapping) in [
            (
                Span::new(at, start),
                &decoded.text[at..start],
                Mapping::Exact,
            ),
            (
                Span::new(start, start + tag.len()),
                value,
                Mapping::Expression,
            ),
        ] {
            let output = Span::new(text.len(), text.len() + made.len());
            text.push_str(made);
            if mapping == Mapping::Expression {
                placeholders.push(output);
            }
            pieces.push(Piece {
                output,
                file: 0,
                source,
                mapping,
            });
        }
        at = start + tag.len();
    }
    let rest = &decoded.text[at..];
    pieces.push(Piece {
        output: Span::new(text.len(), text.len() + rest.len()),
        file: 0,
        source: Span::new(at, decoded.text.len()),
        mapping: Mapping::Exact,
    });
    text.push_str(rest);
    let rendered = Rendered {
        text: Some(text.into()),
        map: SourceMap::from_pieces(vec![inner], pieces),
        faults: Vec::new(),
        counts: Vec::new(),
        omitted: 0,
        first_fault: None,
        placeholders,
        incomplete: false,
        files: Vec::new(),
        variables_read: Default::default(),
        nested_read: Default::default(),
        extensions: Vec::new(),
        first_volatile: None,
    };
    let mut assembly = Assembly::new(&file);
    assembly.replace(span, quotes, &decoded, &rendered);
    assembly.finish()
}

fn said(text: &str) -> Option<String> {
    let (document, findings) = Document::parse(text, &[]);
    assert!(findings.is_empty(), "{text}");
    document
        .root
        .get("a")
        .and_then(Node::as_str)
        .map(str::to_owned)
}

#[test]
fn what_is_put_back_says_what_was_rendered() {
    for (raw, value, wanted) in [
        ("\"{{ x }}\"", "v", "v"),
        ("\"{{ x }}\"", "q\"\\\n\t\u{1}é", "q\"\\\n\t\u{1}é"),
        ("'{{ x }}'", "v", "v"),
        (r"'C:\{{ x }}'", "v", r"C:\v"),
        (r"'C:\{{ x }}'", "it's", r"C:\it's"),
        ("\"\"\"\n{{ x }}\nb\"\"\"", "v", "v\nb"),
        ("'''\r\na\r\n{{ x }}'''", "v", "a\r\nv"),
        ("\"\"\"a\r\n{{ x }}\"\"\"", "v\r", "a\r\nv\r"),
        ("\"\"\"{{ x }}\nb\"\"\"", "\nv", "\nv\nb"),
        ("'''\n{{ x }}'''", "'''", "'''"),
        (r#""a\t{{ x }}\\""#, "v", "a\tv\\"),
    ] {
        let (text, ..) = replaced(raw, value);
        assert_eq!(
            said(&text).as_deref(),
            Some(wanted),
            "{raw} {value:?}: {text}"
        );
        assert!(
            text.starts_with("a = ") && text.ends_with(" # end\n"),
            "{text}"
        );
    }
}

#[test]
fn literal_parts_map_exactly_and_expressions_to_their_tag() {
    let raw = r#""pre {{ x }} po\nst""#;
    let file = format!("a = {raw} # end\n");
    let (text, map, placeholders) = replaced(raw, "VALUE");
    let at = |part: &str| {
        let start = text.find(part).unwrap_or(0);
        let mapped = map.locate(Span::new(start, start + part.len()));
        (mapped.span.of(&file).to_owned(), mapped.mapping)
    };
    assert_eq!(at("pre"), ("pre".to_owned(), Mapping::Exact));
    assert_eq!(at("ALU"), ("{{ x }}".to_owned(), Mapping::Expression));
    assert_eq!(at("po"), ("po".to_owned(), Mapping::Exact));
    assert_eq!(at("# end"), ("# end".to_owned(), Mapping::Exact));
    assert_eq!(at("st\""), ("st\"".to_owned(), Mapping::Exact));
    assert_eq!(placeholders.len(), 1);
    assert_eq!(placeholders[0].of(&text), "VALUE");
}

#[test]
fn only_string_values_are_candidates() {
    let text =
        "# {{ no }}\na = '{{ yes }}'\n[\"{{ no }}\"]\nb = [{ c = \"{% yes %}\" }, 'plain']\n";
    let (document, _) = Document::parse(text, &[]);
    let found: Vec<_> = candidates(&document.root)
        .iter()
        .map(|span| span.of(text).to_owned())
        .collect();
    assert_eq!(found, ["'{{ yes }}'", "\"{% yes %}\""]);
}

#[test]
fn what_is_left_alone_is_shown() {
    let text = "a = \"docker ps --format '{{.State}}' x\"\n";
    let finding = left_alone(&"f".into(), text, Span::new(5, text.len() - 2));
    assert!(
        finding.message.starts_with("`{{.State}}`"),
        "{}",
        finding.message
    );
}

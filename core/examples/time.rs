use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{Checker, Options};
use clnrm_core::source::{MemorySources, Source};
use std::sync::Arc;
use std::time::Instant;
fn time(name: &str, n: usize, mut f: impl FnMut(usize)) {
    let mut best = f64::MAX;
    for _ in 0..7 {
        let start = Instant::now();
        for i in 0..n {
            f(i);
        }
        best = best.min(start.elapsed().as_secs_f64() / n as f64 * 1e6);
    }
    println!("{name}: {best:.2} us");
}
fn main() {
    let small = "[meta]\nname = \"{{ svc }}\"\n[vars]\nsvc = \"{{ svc }}\"\nimg = \"x:{{ env }}\"\n[otel]\nexporter = \"none\"\n[service.a]\nplugin = \"generic_container\"\nimage = \"a:1\"\n[[scenario]]\nname = \"s\"\nservice = \"a\"\nrun = \"true {{ img }}\"\n";
    let plain = small.replace("{{", "<").replace("}}", ">");
    let mut big = String::from(small);
    let mut i = 0;
    while big.len() < 10_000 {
        big.push_str(&format!("[service.b{i}]\nplugin = \"generic_container\"\nimage = \"a:{{{{ env }}}}\"\nports = [80{i}]\nenv = {{ A = \"{{{{ svc }}}}\", B = \"c\" }}\n[[scenario]]\nname = \"s{i}\"\nservice = \"b{i}\"\nrun = \"echo {{{{ img }}}} | tee x\"\n"));
        i += 1;
    }
    let sources = MemorySources::default();
    let options = Options::default();
    for (label, text, name) in [
        ("small tera", small, "t.toml.tera"),
        ("small plain with strings", small, "t.toml"),
        ("small plain", &plain, "t.toml"),
        ("10k tera", &big, "t.toml.tera"),
    ] {
        let entry = Arc::new(Source::new(name, text));
        let off = Checker::new(CacheSettings {
            max_entries: 0,
            ..Default::default()
        });
        let report = off.check(&entry, &sources, &options);
        println!(
            "-- {label}: {} bytes, {} diagnostics {:?}",
            text.len(),
            report.diagnostics.len(),
            report.diagnostics.first().map(|d| (d.code, &d.message))
        );
        let n = if text.len() > 5000 { 200 } else { 2000 };
        time("  digest", n, |_| {
            std::hint::black_box(Source::new(name, text));
        });
        time("  cold", n, |_| {
            std::hint::black_box(off.check(&entry, &sources, &options));
        });
        time("  parse", n, |_| {
            std::hint::black_box(clnrm_core::document::Document::parse(text, &[]));
        });
        let mut plain = 0;
        plain += 1;
        let _ = plain;
        let on = Checker::new(CacheSettings::default());
        time("  hit", n, |_| {
            std::hint::black_box(on.check(&entry, &sources, &options));
        });
        let many: Vec<_> = (0..n)
            .map(|i| Arc::new(Source::new(name, format!("{text}# {i}\n"))))
            .collect();
        let on = Checker::new(CacheSettings {
            max_entries: 100,
            ..Default::default()
        });
        time("  cold, kept", n, |i| {
            std::hint::black_box(on.check(&many[i], &sources, &options));
        });
    }
}

//! scratch
use naqi::clean::Cleaner;
use naqi::document::{Format, Metadata};
use naqi::record::{Provenance, Record};
use naqi::rules::Layers;
use naqi::survey::{Templates, words::Reader};
use std::io::BufRead;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let rules = naqi::rules::RuleSet::shipped().unwrap();
    let _ = Layers::default();
    let mut rules = rules;
    if a.len() > 2 {
        rules.models.text = Some(naqi::model::Model::parse(&std::fs::read_to_string(format!("{}/text.json", a[2])).unwrap()).unwrap());
    }
    let t = Templates::load(std::path::Path::new(&a[1]), &rules).unwrap();
    let t2 = Templates::load(std::path::Path::new(&a[1]), &rules).unwrap();
    let c = Cleaner::new(rules).with_templates(t);
    for line in std::io::stdin().lock().lines() {
        let v: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let s = |k: &str| v[k].as_str().map(str::to_owned);
        let r = Record {
            id: s("id").unwrap(),
            provenance: Provenance { source: "x".into(), line: None, offset: 0 },
            format: Format::Text,
            content: s("text").unwrap(),
            metadata: Metadata { host: s("host"), title: s("title"), ..Metadata::default() },
            decoding: naqi::record::Decoding { encoding: "UTF-8", mark: false, replaced: 0 },
        };
        let id = r.id.clone();
        let d = c.segment(r);
        let ops = c.opinions(&d, 0);
        let sig = c.signals(&d);
        let g = t2.group(d.metadata.group_name());
        let reader = Reader::new(&t2.dates, &d);
        let mut out = vec![];
        for (i, b) in d.blocks.iter().enumerate() {
            let mut w = vec![];
            reader.read(&d, b, &mut w);
            let docs = g.map_or(0, |g| g.line(&w));
            let mut hc = vec![];
            let mut tc = vec![];
            if let Some(g) = g {
                g.heads(&w, &mut hc);
                g.tails(&w, &mut tc);
            }
            let by: Vec<_> = sig
                .iter()
                .filter(|s| s.span.overlaps(b.span))
                .map(|s| serde_json::json!([c.name(s.reason), s.span.start <= b.span.start && s.span.end >= b.span.end, format!("{:?}", s.action)]))
                .collect();
            let open = w.iter().filter(|w| w.is_open()).count();
            out.push(serde_json::json!({"t": d.slice(b.span), "p": ops.get(i).map(|o| o.probability), "need": ops.get(i).map(|o| o.needed), "docs": docs, "words": b.shape.words, "fin": b.shape.finished, "colon": b.shape.colon, "nw": w.len(), "open": open, "heads": hc, "tails": tc, "by": by}));
        }
        println!("{}", serde_json::json!({"id": id, "host": d.metadata.host, "all": g.map_or(0, |g| g.documents), "blocks": out}));
    }
}

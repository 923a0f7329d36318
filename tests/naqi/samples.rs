//! The samples are what the README shows: each input of `samples/` gives its expected output in `samples/expected/`, and comes back.

use std::fs;

use crate::harness::{Bench, project, tree};

#[test]
fn samples_give_their_expected_outputs_and_come_back() {
    let bench = Bench::new();
    let input = project().join("samples/dump");
    let input_name = input.to_string_lossy();
    bench.naqi(&["clean", &input_name, "-o", "one", "--jobs", "1", "--no-config"]).exits(0);
    bench.naqi(&["clean", &input_name, "-o", "four", "--jobs", "4", "--no-config"]).exits(0);
    assert_eq!(tree(&bench.path("one")), tree(&bench.path("four")), "the number of threads changes nothing");

    let bodies: Vec<_> = tree(&bench.path("one")).into_iter().filter(|(name, _)| name != "audit.jsonl").collect();
    let expected = project().join("samples/expected");
    if std::env::var_os("NAQI_ACCEPT").is_some() {
        for (name, bytes) in &bodies {
            let path = expected.join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, bytes).expect("written");
        }
    }
    let expected = tree(&expected);
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&bodies), names(&expected));
    for ((name, found), (_, wanted)) in bodies.iter().zip(&expected) {
        assert_eq!(String::from_utf8_lossy(found), String::from_utf8_lossy(wanted), "{name}");
    }

    bench.naqi(&["restore", "one", "-o", "back"]).exits(0);
    let inputs = tree(&input);
    let back = tree(&bench.path("back"));
    assert_eq!(names(&back), names(&inputs));
    for ((name, found), (_, wanted)) in back.iter().zip(&inputs) {
        // Compressed inputs come back with the same content; the packing is the packer's.
        let unpacked = |bytes: &Vec<u8>| if name.ends_with(".gz") { unzip(bytes) } else { bytes.clone() };
        assert_eq!(unpacked(found), unpacked(wanted), "{name}");
    }
}

fn unzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(bytes), &mut out).expect("gzip");
    out
}

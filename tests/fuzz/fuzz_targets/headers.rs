//! Any bytes as a block of headers: what is read of them is in them, and in order.
#![no_main]

use fetch_runtime::Headers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &[u8]| {
    let headers = Headers::of(raw.to_vec());
    let Ok(text) = std::str::from_utf8(raw) else {
        assert_eq!(headers.iter().next(), None);
        return;
    };
    let mut rest = text;
    for (name, value) in &headers {
        assert!(
            !name.is_empty() && !name.contains([':', '\n']) && !value.contains('\n'),
            "{name:?} {value:?}"
        );
        assert_eq!((name.trim_ascii(), value.trim_ascii()), (name, value));
        let line = loop {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            assert!(!rest.is_empty(), "{name:?} is not in the block, or not there");
            rest = after;
            match line.split_once(':') {
                Some((before, _)) if !before.trim_ascii().is_empty() => break line,
                _ => {}
            }
        };
        let (before, after) = line.split_once(':').expect("it was found by its colon");
        assert_eq!((before.trim_ascii(), after.trim_ascii()), (name, value));
        let first = headers.get(&name.to_ascii_uppercase()).expect("it was listed");
        let expected = headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        assert_eq!(Some(first), expected.map(|(_, value)| value));
    }
    for line in rest.split('\n') {
        assert!(
            line.split_once(':').is_none_or(|(name, _)| name.trim_ascii().is_empty()),
            "{line:?} is missing"
        );
    }
    assert_eq!(headers, headers.clone());
    assert!(!format!("{headers:?}").is_empty());
});

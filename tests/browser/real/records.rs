//! Records of other programs: all programs of an origin share one object store.

use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request};
use fetch_shared::pattern::is_pattern;
use fetch_shared::scenario::Test;

use super::{in_the_store, leaves_nothing};
use crate::driver::Run;

/// The record that a load may find.
#[derive(Clone, Copy)]
enum Expected {
    Bytes(&'static [u8]),
    Nothing,
    /// One as well as the other.
    BytesOrNothing(&'static [u8]),
}

use Expected::{Bytes, BytesOrNothing, Nothing};

/// The name, the value that the other program has stored, and the record that it is for this one.
#[rustfmt::skip]
const RECORDS: &[(&str, &str, Expected)] = &[
    ("uint8_array", "Uint8Array.of(1, 2, 3)", Bytes(&[1, 2, 3])),
    (
        "part_of_a_buffer",
        "new Uint8Array(Uint8Array.from({ length: 65536 }, (_, i) => i).buffer, 300, 4)",
        Bytes(&[44, 45, 46, 47]),
    ),
    ("array_buffer", "Uint8Array.of(4, 5, 6).buffer", Bytes(&[4, 5, 6])),
    ("empty_uint8_array", "new Uint8Array()", Bytes(&[])),
    ("empty_array_buffer", "new ArrayBuffer()", Bytes(&[])),
    ("int8_array", "Int8Array.of(-1, 2)", BytesOrNothing(&[255, 2])),
    ("uint8_clamped_array", "Uint8ClampedArray.of(300, 2)", BytesOrNothing(&[255, 2])),
    ("uint16_array", "Uint16Array.of(0x102, 0x304)", BytesOrNothing(&[2, 1, 4, 3])),
    (
        "float64_array",
        "Float64Array.of(1, 2)",
        BytesOrNothing(&[0, 0, 0, 0, 0, 0, 240, 63, 0, 0, 0, 0, 0, 0, 0, 64]),
    ),
    ("big_uint64_array", "BigUint64Array.of(1n)", BytesOrNothing(&[1, 0, 0, 0, 0, 0, 0, 0])),
    ("data_view", "new DataView(Uint8Array.of(7, 8, 9).buffer, 1, 2)", BytesOrNothing(&[8, 9])),
    ("string", "'x'.repeat(100)", Nothing),
    ("empty_string", "''", Nothing),
    ("date", "new Date(9)", Nothing),
    ("number", "42", Nothing),
    ("zero", "0", Nothing),
    ("negative_number", "-1", Nothing),
    ("huge_number", "2 ** 40", Nothing),
    ("big_integer", "5n", Nothing),
    ("boolean", "true", Nothing),
    ("null", "null", Nothing),
    ("undefined", "undefined", Nothing),
    ("object", "({ a: 1 })", Nothing),
    ("object_with_lengths", "({ byteLength: 100, length: 100 })", Nothing),
    ("object_with_a_negative_length", "({ byteLength: -1 })", Nothing),
    ("object_with_a_huge_length", "({ byteLength: 2 ** 40, length: 0 })", Nothing),
    ("array", "[1, 2, 3]", Nothing),
    ("array_of_strings", "['one', 'two']", Nothing),
    ("map", "new Map([[1, 2]])", Nothing),
    ("regular_expression", "/x/", Nothing),
    ("error", "new Error('none')", Nothing),
    ("blob", "new Blob(['blob'])", Nothing),
    ("string_object", "new String('an object')", Nothing),
];

pub(crate) fn tests() -> Vec<(String, Run)> {
    let test = |&(name, value, expected)| {
        let run: Run =
            Box::new(move |t: &Test| leaves_nothing(t, move |t| record(t, name, value, expected)));
        (format!("a_record_of_another_program::{name}"), run)
    };
    RECORDS.iter().map(test).collect()
}

fn record(t: &Test, name: &'static str, value: &str, expected: Expected) {
    let key = t.url(&format!("/bytes/1001?record={name}"));
    let put = format!("put({key:?}, {value})");
    let again = put.clone();
    let (only, force, after, last) = (key.clone(), key.clone(), key.clone(), key);
    t.then(move |t| in_the_store(t, &put));
    t.then(move |t| {
        dirty_the_heap();
        t.send(Request::get(only).cache(CacheMode::OnlyIfCached), move |_, response| {
            let body = match (response.outcome(), response.cache_status()) {
                (Outcome::Success, CacheStatus::Hit) => Some(response.body()),
                (Outcome::CacheMiss, CacheStatus::Bypass) => None,
                _ => panic!("{response:?}"),
            };
            let is_right = match expected {
                Bytes(bytes) => body == Some(bytes),
                Nothing => body.is_none(),
                BytesOrNothing(bytes) => body.is_none_or(|body| body == bytes),
            };
            assert!(is_right, "it was taken for {body:?}");
        });
    });
    t.then(move |t| in_the_store(t, &again));
    t.then(move |t| {
        dirty_the_heap();
        t.send(Request::get(force).cache(CacheMode::ForceCache), move |_, response| {
            assert_eq!(
                (response.outcome(), response.status()),
                (Outcome::Success, 200),
                "{response:?}"
            );
            match (response.cache_status(), expected) {
                (CacheStatus::Hit, Bytes(bytes) | BytesOrNothing(bytes)) => {
                    assert_eq!(response.body(), bytes)
                }
                // Downloaded, and it has replaced the other one.
                (CacheStatus::Stored, Nothing | BytesOrNothing(_)) => {
                    assert!(response.body().len() == 1001 && is_pattern(response.body(), 0));
                }
                (status, _) => panic!("{status:?}: it was taken for {:?}", response.body()),
            }
        });
    });
    t.then(move |t| {
        t.send(Request::get(after).cache(CacheMode::OnlyIfCached), move |_, response| {
            assert_eq!(response.cache_status(), CacheStatus::Hit, "{response:?}");
            let body = response.body();
            match expected {
                Bytes(bytes) => assert_eq!(body, bytes),
                Nothing => assert!(body.len() == 1001 && is_pattern(body, 0)),
                BytesOrNothing(bytes) => {
                    assert!(body == bytes || body.len() == 1001 && is_pattern(body, 0))
                }
            }
        });
    });
    t.then(move |t| in_the_store(t, &format!("delete({last:?})")));
}

/// Fills the heap, so that memory to which the program has not written shows.
fn dirty_the_heap() {
    let blocks: Vec<Vec<u8>> = (0..64).map(|i| vec![0xdb; 16 << (i % 8)]).collect();
    std::hint::black_box(&blocks);
}

//! The cases that do not pass, each with the reason.

use std::fmt::Write;

use crate::engine::Engine;

/// A reason, and the cases that do not pass because of it.
pub(super) struct Reason {
    pub(super) why: &'static str,
    /// Where they do not pass.
    pub(super) engines: &'static [Engine],
    pub(super) cases: &'static [&'static str],
}

const EVERYWHERE: &[Engine] = &[Engine::Native, Engine::Chromium, Engine::Firefox, Engine::WebKit];

/// A case that is not here passes.
pub(super) const REASONS: &[Reason] = &[
    Reason {
        why: "RFC 9111 §5.1: the first value of `Age` counts, and one that is no number is ignored",
        engines: EVERYWHERE,
        cases: &[
            "age-parse-dup-0",
            "age-parse-dup-0-twoline",
            "age-parse-dup-old",
            "age-parse-float",
            "age-parse-negative",
            "age-parse-nonnumeric",
            "age-parse-numeric-parameter",
            "age-parse-parameter",
            "age-parse-prefix-twoline",
        ],
    },
    Reason {
        why: "the mode refuses the program's own conditions, with a `StartError`",
        engines: EVERYWHERE,
        cases: &[
            "conditional-304-etag",
            "conditional-etag-forward",
            "conditional-etag-forward-unquoted",
            "conditional-etag-precedence",
            "conditional-etag-quoted-respond-unquoted",
            "conditional-etag-strong-respond",
            "conditional-etag-strong-respond-multiple-first",
            "conditional-etag-strong-respond-multiple-last",
            "conditional-etag-strong-respond-multiple-second",
            "conditional-etag-strong-respond-obs-text",
            "conditional-etag-unquoted-respond-quoted",
            "conditional-etag-unquoted-respond-unquoted",
            "conditional-etag-weak-respond",
            "conditional-etag-weak-respond-backslash",
            "conditional-etag-weak-respond-lowercase",
            "conditional-etag-weak-respond-omit-slash",
            "conditional-lm-fresh",
            "conditional-lm-fresh-earlier",
            "conditional-lm-fresh-no-lm",
            "conditional-lm-fresh-rfc850",
            "conditional-lm-stale",
        ],
    },
    Reason {
        why: "the mode refuses the program's own `Range`, with a `StartError`",
        engines: EVERYWHERE,
        cases: &[
            "partial-store-complete-reuse-partial",
            "partial-store-complete-reuse-partial-no-last",
            "partial-store-complete-reuse-partial-suffix",
            "partial-store-partial-complete",
            "partial-store-partial-reuse-partial",
            "partial-store-partial-reuse-partial-absent",
            "partial-store-partial-reuse-partial-byterange",
            "partial-store-partial-reuse-partial-suffix",
            "partial-use-headers",
            "partial-use-stored-headers",
        ],
    },
    Reason {
        why: "an `ETag` without quotes is no validator",
        engines: EVERYWHERE,
        cases: &["ccreq-no-cache-etag", "conditional-etag-strong-generate-unquoted"],
    },
    Reason {
        why: "the cache has one response for each key, not one for each variant",
        engines: EVERYWHERE,
        cases: &["conditional-etag-vary-headers-mismatch", "vary-invalidate"],
    },
    Reason {
        why: "values that `Vary` selects by are compared as they are (RFC 9111 §4.1 permits more)",
        engines: EVERYWHERE,
        cases: &[
            "vary-normalise-lang-case",
            "vary-normalise-lang-order",
            "vary-normalise-lang-select",
            "vary-normalise-lang-space",
            "vary-normalise-space",
        ],
    },
    Reason {
        why: "a private cache ignores `s-maxage`, `private` and `Authorization`",
        engines: EVERYWHERE,
        cases: &[
            "cc-resp-private-shared",
            "freshness-max-age-s-maxage-shared-longer",
            "freshness-max-age-s-maxage-shared-longer-multiple",
            "freshness-max-age-s-maxage-shared-longer-reversed",
            "freshness-max-age-s-maxage-shared-shorter",
            "freshness-max-age-s-maxage-shared-shorter-expires",
            "freshness-s-maxage-shared",
            "other-authorization",
            "other-authorization-smaxage",
        ],
    },
    Reason {
        why: "there is no heuristic freshness: without a lifetime, the server is asked",
        engines: EVERYWHERE,
        cases: &[
            "heuristic-200-cached",
            "heuristic-203-cached",
            "heuristic-204-cached",
            "heuristic-404-cached",
            "heuristic-405-cached",
            "heuristic-410-cached",
            "heuristic-414-cached",
            "heuristic-501-cached",
            "heuristic-599-cached",
            "heuristic-delta-10",
            "heuristic-delta-1200",
            "heuristic-delta-1800",
            "heuristic-delta-30",
            "heuristic-delta-300",
            "heuristic-delta-3600",
            "heuristic-delta-43200",
            "heuristic-delta-5",
            "heuristic-delta-60",
            "heuristic-delta-600",
            "heuristic-delta-86400",
            "other-heuristic-content-disposition-attachment",
            "pragma-response-no-cache-heuristic",
        ],
    },
    Reason {
        why: "only a 200 is stored",
        engines: EVERYWHERE,
        cases: &[
            "status-203-fresh",
            "status-204-fresh",
            "status-299-fresh",
            "status-301-fresh",
            "status-302-fresh",
            "status-303-fresh",
            "status-307-fresh",
            "status-308-fresh",
            "status-400-fresh",
            "status-404-fresh",
            "status-410-fresh",
            "status-499-fresh",
            "status-500-fresh",
            "status-502-fresh",
            "status-503-fresh",
            "status-504-fresh",
            "status-599-fresh",
        ],
    },
    Reason {
        why: "requests by other methods do not pass the cache",
        engines: EVERYWHERE,
        cases: &[
            "head-200-freshness-update",
            "head-200-retain",
            "head-200-update",
            "head-410-update",
            "invalidate-DELETE",
            "invalidate-DELETE-cl",
            "invalidate-DELETE-location",
            "invalidate-M-SEARCH",
            "invalidate-M-SEARCH-cl",
            "invalidate-M-SEARCH-location",
            "invalidate-POST",
            "invalidate-POST-cl",
            "invalidate-POST-location",
            "invalidate-PUT",
            "invalidate-PUT-cl",
            "invalidate-PUT-location",
            "method-POST",
        ],
    },
    Reason {
        why: "the header `Age` stays as it came: the age is `Response::age`",
        engines: EVERYWHERE,
        cases: &["other-age-gen", "other-age-update-expires", "other-age-update-max-age"],
    },
    Reason {
        why: "a time that is no number is 0, and of several times the first counts",
        engines: EVERYWHERE,
        cases: &[
            "freshness-max-age-100a",
            "freshness-max-age-a100",
            "freshness-max-age-decimal-five",
            "freshness-max-age-decimal-zero",
            "freshness-max-age-two-stale-fresh-sameline",
            "freshness-max-age-two-stale-fresh-sepline",
        ],
    },
    Reason {
        why: "spaces around `=` do no harm",
        engines: EVERYWHERE,
        cases: &["freshness-max-age-space-after-equals", "freshness-max-age-space-before-equals"],
    },
    Reason {
        why: "`NoCache` asks about what is `immutable`, too: the directive is for a user's reload",
        engines: EVERYWHERE,
        cases: &["cc-resp-immutable-fresh"],
    },
    Reason {
        why: "a date that is not as RFC 9110 writes it is in the past",
        engines: EVERYWHERE,
        cases: &[
            "freshness-expires-invalid-aest",
            "freshness-expires-invalid-multiple-lines",
            "freshness-expires-invalid-time-periods",
            "freshness-expires-invalid-utc",
            "freshness-expires-wrong-case-month",
            "freshness-expires-wrong-case-tz",
        ],
    },
    Reason {
        why: "RFC 9111 §5.2.1.5: a request's `no-store` forbids storing, and permits a hit",
        engines: EVERYWHERE,
        cases: &["ccreq-no-store"],
    },
    Reason {
        why: "there is a mode for it, `OnlyIfCached`; the directive is the server's",
        engines: EVERYWHERE,
        cases: &["ccreq-oic"],
    },
    Reason {
        why: "without `stale-if-error`, a stale response is not used after an error",
        engines: EVERYWHERE,
        cases: &["stale-503"],
    },
    Reason {
        why: "a network error has no response; the suite expects that of a gateway",
        engines: EVERYWHERE,
        cases: &[
            "stale-close",
            "stale-close-must-revalidate",
            "stale-close-no-cache",
            "stale-close-proxy-revalidate",
            "stale-close-s-maxage=2",
            "stale-warning-become",
            "stale-warning-stored",
        ],
    },
    Reason {
        why: "a 304 does not change the fields of the stored body (RFC 9111 §3.2 permits that)",
        engines: EVERYWHERE,
        cases: &["304-etag-update-response-Content-Type"],
    },
    Reason {
        why: "a 304 for another `ETag` does not confirm the stored response",
        engines: EVERYWHERE,
        cases: &["304-etag-update-response-ETag"],
    },
    Reason {
        why: "programs do not see `Set-Cookie`, as in browsers",
        engines: EVERYWHERE,
        cases: &[
            "304-etag-update-response-Set-Cookie",
            "304-etag-update-response-Set-Cookie2",
            "headers-store-Set-Cookie",
            "headers-store-Set-Cookie2",
            "other-set-cookie",
        ],
    },
    Reason {
        why: "the header `Cookie` belongs to the browser",
        engines: EVERYWHERE,
        cases: &["other-cookie"],
    },
    Reason {
        why: "a body in an unknown coding is a network error",
        engines: &[Engine::Native],
        cases: &["304-etag-update-response-Content-Encoding", "headers-store-Content-Encoding"],
    },
    Reason {
        why: "the response has no `Clear-Site-Data` in Chromium, which acts on it",
        engines: &[Engine::Chromium],
        cases: &["headers-store-Clear-Site-Data", "304-etag-update-response-Clear-Site-Data"],
    },
    Reason {
        why: "RFC 9111 §5.2.2.4 permits to take `no-cache` with field names for `no-cache`",
        engines: EVERYWHERE,
        cases: &[
            "headers-omit-headers-listed-in-Cache-Control-no-cache",
            "headers-omit-headers-listed-in-Cache-Control-no-cache-single",
        ],
    },
];

/// The reason why a case does not pass in this engine.
pub(super) fn reason(case: &str, engine: Engine) -> Option<&'static Reason> {
    let is_here = |reason: &&Reason| reason.engines.contains(&engine);
    REASONS.iter().filter(is_here).find(|reason| reason.cases.contains(&case))
}

/// All cases that do not pass in this engine.
pub(super) fn cases(engine: Engine) -> impl Iterator<Item = &'static str> {
    let here = REASONS.iter().filter(move |reason| reason.engines.contains(&engine));
    here.flat_map(|reason| reason.cases.iter().copied())
}

/// The table, for people.
pub(super) fn list() -> String {
    let mut text = String::new();
    for Reason { why, engines, cases } in REASONS {
        let names: Vec<_> = engines.iter().map(|engine| engine.name()).collect();
        writeln!(text, "{why} ({}):\n  {}", names.join(", "), cases.join("\n  "))
            .expect("a String");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_has_one_reason_in_each_engine() {
        for engine in [&[Engine::Native][..], &Engine::BROWSERS].concat() {
            let mut all: Vec<_> = cases(engine).collect();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count, "{}", engine.name());
        }
    }
}

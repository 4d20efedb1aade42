//! Answers to challenges of the scheme Digest (RFC 7616).

use std::fmt::Write;
use std::hash::{BuildHasher, RandomState};

use http_auth::ChallengeRef;

use super::sha::{self, Hash};

/// The request that is challenged.
pub(super) struct Asked<'a> {
    pub(super) username: &'a str,
    pub(super) password: &'a str,
    pub(super) method: &'a str,
    /// The path and the query.
    pub(super) target: &'a str,
}

/// A challenge that can be understood.
pub(super) struct Digest {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: &'static str,
    hash: Hash,
    is_session: bool,
    hides_username: bool,
    protection: Protection,
}

/// The part of the request that an answer covers ("quality of protection").
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protection {
    /// The method and the target, as in RFC 2069.
    Unnamed,
    /// The method and the target.
    Auth,
    /// The body as well, and nothing less.
    AuthInt,
}

impl Digest {
    /// `None` for another scheme, or if the challenge is malformed or of an unknown algorithm.
    pub(super) fn parse(challenge: &ChallengeRef<'_>) -> Option<Self> {
        if !challenge.scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let parameter = |name: &str| {
            let mut values =
                challenge.params.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
            let value = values.next().map(|(_, value)| value.to_unescaped());
            // Of two values, it is not known which one counts.
            if values.next().is_some() { Err(()) } else { Ok(value) }
        };
        let algorithm = parameter("algorithm").ok()?;
        let algorithm = algorithm.as_deref().unwrap_or("MD5");
        let (name, is_session) = match algorithm.strip_suffix("-sess") {
            Some(name) => (name, true),
            None => (algorithm, false),
        };
        let known = [("MD5", md5 as Hash)];
        let (name, hash) =
            known.iter().chain(sha::ALGORITHMS).copied().find(|(known, _)| *known == name)?;
        Some(Self {
            realm: parameter("realm").ok()??,
            nonce: parameter("nonce").ok()??,
            opaque: parameter("opaque").ok()?,
            algorithm: name,
            hash,
            is_session,
            hides_username: parameter("userhash")
                .ok()?
                .is_some_and(|value| value.eq_ignore_ascii_case("true")),
            protection: Protection::parse(parameter("qop").ok()?.as_deref())?,
        })
    }

    /// The value of `Authorization`. `None` if it would have to cover the body, which it does not
    /// in browsers either, or if a value cannot be written.
    pub(super) fn answer(&self, asked: &Asked<'_>) -> Option<String> {
        let random = RandomState::new();
        let nonce = format!("{:016x}{:016x}", random.hash_one(0), random.hash_one(1));
        self.answer_with(asked, &nonce)
    }

    fn answer_with(&self, asked: &Asked<'_>, client_nonce: &str) -> Option<String> {
        const COUNT: &str = "00000001";
        let Asked { username, password, method, target } = asked;
        let (realm, nonce) = (&self.realm, &self.nonce);
        let mut secret = self.hash(&[username, realm, password]);
        if self.is_session {
            secret = self.hash(&[&secret, nonce, client_nonce]);
        }
        let request = self.hash(&[method, target]);
        let response = match self.protection {
            Protection::Unnamed => self.hash(&[&secret, nonce, &request]),
            Protection::Auth => self.hash(&[&secret, nonce, COUNT, client_nonce, "auth", &request]),
            Protection::AuthInt => return None,
        };
        let mut answer = "Digest ".to_owned();
        if self.hides_username {
            let hash = self.hash(&[username, realm]);
            let _ = write!(answer, "username=\"{hash}\", userhash=true");
        } else if let Some(username) = quoted(username) {
            let _ = write!(answer, "username={username}");
        } else {
            let _ = write!(answer, "username*=UTF-8''{}", encoded(username));
        }
        for (name, value) in [("realm", realm.as_str()), ("uri", target), ("nonce", nonce)] {
            let _ = write!(answer, ", {name}={}", quoted(value)?);
        }
        if self.protection == Protection::Auth {
            let session = if self.is_session { "-sess" } else { "" };
            let _ = write!(
                answer,
                ", algorithm={}{session}, nc={COUNT}, cnonce={}, qop=auth",
                self.algorithm,
                quoted(client_nonce)?,
            );
        }
        let _ = write!(answer, ", response=\"{response}\"");
        if let Some(opaque) = &self.opaque {
            let _ = write!(answer, ", opaque={}", quoted(opaque)?);
        }
        Some(answer)
    }

    /// The digest of these texts with colons between them, in hexadecimal digits.
    fn hash(&self, texts: &[&str]) -> String {
        (self.hash)(texts.join(":").as_bytes()).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

impl Protection {
    /// `None` if the challenge names none of the known ones.
    fn parse(named: Option<&str>) -> Option<Self> {
        let Some(named) = named else { return Some(Self::Unnamed) };
        let has = |name| named.split(',').any(|other| other.trim().eq_ignore_ascii_case(name));
        match (has("auth"), has("auth-int")) {
            (true, _) => Some(Self::Auth),
            (false, true) => Some(Self::AuthInt),
            (false, false) => None,
        }
    }
}

fn md5(bytes: &[u8]) -> Vec<u8> {
    md5::compute(bytes).to_vec()
}

/// As a quoted string (RFC 9110 §5.6.4). `None` if a character cannot be in one.
fn quoted(text: &str) -> Option<String> {
    text.bytes().all(|byte| byte == b'\t' || matches!(byte, b' '..=b'~')).then(|| {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{escaped}\"")
    })
}

/// As the value of a parameter whose name ends with an asterisk (RFC 8187).
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use http_auth::ChallengeParser;

    use super::*;

    const MUFASA: Asked<'_> = Asked {
        username: "Mufasa",
        password: "Circle of Life",
        method: "GET",
        target: "/dir/index.html",
    };

    fn parse(challenge: &str) -> Option<Digest> {
        Digest::parse(&ChallengeParser::new(challenge).next().unwrap().unwrap())
    }

    /// The example of RFC 7616, section 3.9.1.
    fn example(algorithm: &str) -> String {
        let challenge = format!(
            "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", \
             algorithm={algorithm}, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
             opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
        );
        let nonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        parse(&challenge).unwrap().answer_with(&MUFASA, nonce).unwrap()
    }

    #[test]
    fn the_example_of_the_rfc() {
        assert_eq!(
            example("MD5"),
            "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", \
             uri=\"/dir/index.html\", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
             algorithm=MD5, nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", \
             qop=auth, response=\"8ca523f5e9506fed4657c9700eebdbec\", \
             opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
        );
        if cfg!(feature = "native-https") {
            let response = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
            assert!(example("SHA-256").contains(&format!("response=\"{response}\"")));
        }
    }

    /// The example of RFC 2617, section 3.5, without its `qop`: RFC 2069.
    #[test]
    fn a_challenge_without_qop() {
        let challenge = "Digest realm=\"testrealm@host.com\", \
             nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
        let asked = Asked { password: "CircleOfLife", ..MUFASA };
        let answer = parse(challenge).unwrap().answer_with(&asked, "x").unwrap();
        assert!(answer.contains("response=\"1949323746fe6a43ef61f9606e7febea\""), "{answer}");
        assert!(!answer.contains("qop") && !answer.contains("cnonce"), "{answer}");
    }

    /// The erratum 4897 of RFC 7616, section 3.9.2.
    #[cfg(feature = "native-https")]
    #[test]
    fn a_user_name_that_is_hidden() {
        let challenge = "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, \
             nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", charset=UTF-8, userhash=true";
        let jason = Asked {
            username: "J\u{e4}s\u{f8}n Doe",
            password: "Secret, or not?",
            method: "GET",
            target: "/doe.json",
        };
        let mut digest = parse(challenge).unwrap();
        let nonce = "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v";
        let answer = digest.answer_with(&jason, nonce).unwrap();
        let hash = "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b";
        assert!(answer.contains(&format!("username=\"{hash}\", userhash=true")), "{answer}");
        let response = "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5";
        assert!(answer.contains(&format!("response=\"{response}\"")), "{answer}");
        digest.hides_username = false;
        let answer = digest.answer_with(&jason, nonce).unwrap();
        assert!(answer.contains("username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, "), "{answer}");
    }

    #[test]
    fn challenges_that_are_not_understood() {
        for challenge in [
            "Basic realm=\"x\"",
            "Digest realm=\"x\"",
            "Digest nonce=\"x\"",
            "Digest realm=\"x\", nonce=\"1\", nonce=\"2\"",
            "Digest realm=\"x\", nonce=\"1\", algorithm=SHA-1",
            "Digest realm=\"x\", nonce=\"1\", qop=\"other\"",
        ] {
            assert!(parse(challenge).is_none(), "{challenge}");
        }
        let whole = parse("Digest realm=\"x\", nonce=\"1\", qop=\"auth-int\"").unwrap();
        assert!(whole.answer(&MUFASA).is_none());
    }

    #[test]
    fn each_answer_has_its_own_nonce() {
        let digest = parse("Digest realm=\"a \\\"b\\\"\", nonce=\"1\", qop=auth").unwrap();
        let answers = [(); 2].map(|()| digest.answer(&MUFASA).unwrap());
        assert_ne!(answers[0], answers[1]);
        assert!(answers[0].contains("realm=\"a \\\"b\\\"\", "), "{}", answers[0]);
    }
}

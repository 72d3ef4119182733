//! Everything that a client can do wrong to every route, on purpose or not: it is refused, politely and without a word too many, and
//! nothing changes. What the pages do when they are used well is tested in a browser.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/mod.rs"]
mod support;
#[path = "hostile/table.rs"]
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use billing_domain::Action;
use support::http::{Answer, Request, Visitor, encode, send};
use support::opened::{DRAFT, ELSEWHERE, FINALISED, MARKER, Opened, UNPAID};
use support::{OFFICE, PERSONAL};
use table::{EVERYBODY, Ids, ROUTES, Route};

const NOBODY: &str = "01930000-0000-7000-8000-00000000dead";

/// A furnished clinic under attack: every answer and everything that is kept is looked at after each request.
struct Siege {
    clinic: Opened,
    payment: String,
    account: String,
    kept: Vec<(PathBuf, Vec<u8>)>,
    calls: usize,
    secrets: Vec<String>,
}

impl Siege {
    fn lay() -> Self {
        let (clinic, payment) = Opened::furnished();
        let secret_file = |name: &str| fs::read_to_string(clinic.place.path().join(name)).unwrap();
        let secrets = [secret_file("seal-key"), secret_file("session-key"), clinic.keys.1.clone()];
        let secrets = secrets.iter().map(|secret| secret.trim().rsplit(':').next().unwrap().to_owned());
        let (kept, calls, secrets) =
            (clinic.place.kept(), clinic.stripe().requests().len(), secrets.collect());
        let account = clinic.stripe_account();
        Self { clinic, payment, account, kept, calls, secrets }
    }

    fn ids(&self) -> Ids<'_> {
        Ids::existing(&self.payment, &self.account)
    }

    /// Nothing is kept that was not, and Stripe was not asked anything.
    fn assert_nothing_changed(&self, what: &str) {
        let now = self.clinic.place.kept();
        let names =
            |kept: &[(PathBuf, Vec<u8>)]| kept.iter().map(|(file, _)| file.clone()).collect::<Vec<_>>();
        assert_eq!(names(&now), names(&self.kept), "{what}: other files");
        for ((file, now), (_, before)) in now.iter().zip(&self.kept) {
            assert!(now == before, "{what}: {} changed", file.display());
        }
        assert_eq!(self.clinic.stripe().requests().len(), self.calls, "{what}: Stripe was asked");
    }

    /// Sends what the person may not do. It is refused, and at most remembered: there is no change without a row in the audit.
    fn denied(&mut self, what: &str, visitor: &mut Visitor, request: Request, person: &str) {
        let told = self.clinic.audit();
        let answer = visitor.send(request);
        assert!(matches!(answer.status, 403 | 404), "{what}: {}\n{}", answer.status, answer.text());
        assert_secure(what, &answer);
        let now = self.clinic.audit();
        for entry in now.iter().filter(|entry| !told.iter().any(|known| known.step == entry.step)) {
            assert_eq!((entry.by.as_str(), entry.action), (person, Action::Denied), "{what}");
        }
        if now.len() > told.len() {
            self.kept = self.clinic.place.kept();
        }
        self.assert_nothing_changed(what);
    }

    /// Sends it, and holds whatever comes back to what every answer owes. The answer says no.
    fn refused(&self, what: &str, visitor: &mut Visitor, request: Request, with: &[u16]) -> Answer {
        let answer = self.harmless(what, visitor, request);
        assert!(
            with.contains(&answer.status),
            "{what}: {} is none of {with:?}\n{}",
            answer.status,
            answer.text()
        );
        answer
    }

    /// The same, whatever it says.
    fn harmless(&self, what: &str, visitor: &mut Visitor, request: Request) -> Answer {
        let offers_keys = request.path.ends_with("/settings") || request.path.contains("/settings/stripe/");
        let answer = visitor.try_send(request).unwrap_or_else(|error| panic!("{what}: no answer: {error}"));
        assert!(answer.status < 500, "{what}: {}\n{}", answer.status, answer.text());
        assert_secure(what, &answer);
        let (page, head) = (answer.text(), format!("{:?}", answer.headers));
        for secret in &self.secrets {
            // The settings offer the stand-in's keys to whoever may save them.
            let offered = offers_keys && *secret == self.clinic.keys.1;
            assert!(offered || !page.contains(secret.as_str()), "{what}: a secret is shown");
            assert!(!head.contains(secret.as_str()), "{what}: a secret is in a header");
        }
        self.assert_nothing_changed(what);
        answer
    }
}

/// What every answer of ours says to the browser.
fn assert_secure(what: &str, answer: &Answer) {
    let header = |name: &str| answer.header(name).unwrap_or_else(|| panic!("{what}: no {name}")).to_owned();
    let policy = header("content-security-policy");
    for part in ["default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(header("x-frame-options"), "DENY", "{what}");
    for name in ["referrer-policy", "cross-origin-opener-policy", "permissions-policy", "cache-control"] {
        header(name);
    }
}

/// The clinic's own table of routes: each path with its methods.
fn routes_in_source() -> Vec<(String, &'static str)> {
    let source = include_str!("../src/routes/mod.rs");
    let mut found = Vec::new();
    for route in source.split(".route(\"").skip(1) {
        let (path, rest) = route.split_once('"').unwrap();
        let handlers = rest.lines().next().unwrap();
        for (word, method) in [("get(", "GET"), ("post(", "POST")] {
            if handlers.contains(word) {
                found.push((path.to_owned(), method));
            }
        }
    }
    found
}

#[test]
fn the_table_has_every_route_there_is() {
    let mut ours: Vec<_> = ROUTES.iter().map(|route| (route.path.to_owned(), route.method)).collect();
    // No browser's: what it takes and refuses is in `notices.rs`.
    ours.push(("/notices/{dispensary}/{account}".to_owned(), "POST"));
    for (path, method) in routes_in_source() {
        let nested = format!("/d/{{dispensary}}{path}");
        let place = ours.iter().position(|(known, by)| *by == method && (*known == path || *known == nested));
        ours.remove(place.unwrap_or_else(|| panic!("{method} {path} is not in the table")));
    }
    assert_eq!(ours, [], "in the table only");
}

#[test]
fn routes_are_nowhere_but_in_their_table() {
    fn walk(folder: &Path, elsewhere: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, elsewhere);
            } else if !path.ends_with("routes/mod.rs")
                && fs::read_to_string(&path).unwrap().contains(".route(")
            {
                elsewhere.push(path);
            }
        }
    }
    let mut elsewhere = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut elsewhere);
    assert_eq!(elsewhere, Vec::<PathBuf>::new());
}

#[test]
fn what_is_compared_does_change_when_something_happens() {
    let siege = Siege::lay();
    siege.assert_nothing_changed("nothing was done");
    siege.clinic.sign_in("front-desk-a").write_invoice(
        OFFICE,
        "01930000-0000-7000-8000-0000000000d1",
        "Robin Roy",
    );
    let written = siege.clinic.place.kept();
    assert!(written != siege.kept, "a draft is kept");
    siege.clinic.send_request(UNPAID);
    assert!(siege.clinic.place.kept() != written, "a payment is kept");
    assert!(siege.clinic.stripe().requests().len() > siege.calls, "and Stripe was asked");
}

#[test]
fn a_method_that_a_path_does_not_take_is_refused() {
    let siege = Siege::lay();
    let mut owner = siege.clinic.sign_in("practice-owner");
    let token = owner.csrf("/dispensaries");
    for route in ROUTES {
        let path = route.path(siege.ids());
        let takes = |method: &str| ROUTES.iter().any(|it| it.path == route.path && it.method == method);
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            if !takes(method) {
                let request = Request::new(method, &path).header("origin", &owner.origin());
                let request = if method == "POST" { request.form(&[("csrf", &token)]) } else { request };
                siege.refused(&format!("{method} {path}"), &mut owner, request, &[405]);
            }
        }
    }
}

#[test]
fn a_form_without_the_sessions_own_token_is_refused() {
    let siege = Siege::lay();
    let mut other = siege.clinic.sign_in("front-desk-b");
    let foreign = other.csrf("/dispensaries");
    for (route, person) in forms() {
        let mut visitor = siege.clinic.sign_in(person);
        let own = visitor.csrf("/dispensaries");
        let wrong = ["", "wrong", &foreign, &own[1..], &format!("{own}0"), &own.to_uppercase(), "\u{0}"];
        for token in wrong {
            if token == own {
                continue;
            }
            let request = route.request(siege.ids(), &visitor, &route.form(token));
            siege.refused(&format!("{} with the token `{token}`", route.path), &mut visitor, request, &[403]);
        }
        let fields: Vec<_> = route.form(&own).into_iter().filter(|(name, _)| *name != "csrf").collect();
        let request = route.request(siege.ids(), &visitor, &fields);
        siege.refused(&format!("{} without a token", route.path), &mut visitor, request, &[403]);
        let mut request = route.request(siege.ids(), &visitor, &fields);
        request.path = format!("{}?csrf={own}", request.path);
        siege.refused(
            &format!("{} with the token in the address", route.path),
            &mut visitor,
            request,
            &[403],
        );
    }
}

#[test]
fn a_form_from_another_site_is_refused_though_it_has_the_token() {
    let siege = Siege::lay();
    for (route, person) in forms() {
        let mut visitor = siege.clinic.sign_in(person);
        let token = visitor.csrf("/dispensaries");
        let own = visitor.origin();
        let signs = [
            ("origin", "null"),
            ("origin", "https://evil.example"),
            ("origin", &format!("{own}.evil.example")),
            ("origin", &format!("{own}@evil.example")),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ];
        for (name, value) in signs {
            let mut request = route.request(siege.ids(), &visitor, &route.form(&token));
            request.headers.retain(|(known, _)| known != name);
            let what = format!("{} with {name}: {value}", route.path);
            siege.refused(&what, &mut visitor, request.header(name, value), &[403]);
        }
    }
}

#[test]
fn whoever_is_not_signed_in_sees_the_sign_in_page_and_changes_nothing() {
    let siege = Siege::lay();
    for route in ROUTES.iter().filter(|route| !route.may.is_empty()) {
        let mut nobody = siege.clinic.visitor();
        let token = nobody.csrf("/sign-in");
        let request = route.request(siege.ids(), &nobody, &route.form(&token));
        let what = format!("{} {} by nobody", route.method, route.path);
        let answer = siege.refused(&what, &mut nobody, request, &[303, 401]);
        assert!(answer.status == 401 || answer.location() == "/sign-in", "{what}: {}", answer.location());
        assert!(!answer.text().contains("Robin Roy"), "{what}: tells of a payer");
    }
}

#[test]
fn a_person_who_may_not_is_refused() {
    let mut siege = Siege::lay();
    for route in ROUTES.iter().filter(|route| !route.may.is_empty()) {
        for person in EVERYBODY.iter().filter(|person| !route.may.contains(person)) {
            let mut visitor = siege.clinic.sign_in(person);
            let token = visitor.csrf("/dispensaries");
            let request = route.request(siege.ids(), &visitor, &route.form(&token));
            siege.denied(
                &format!("{} {} by {person}", route.method, route.path),
                &mut visitor,
                request,
                person,
            );
        }
    }
}

#[test]
fn a_person_who_may_is_not_told_otherwise() {
    let (clinic, payment) = Opened::furnished();
    let account = clinic.stripe_account();
    let ids = Ids::existing(&payment, &account);
    // The last ones first: an account is checked before it is removed.
    for route in ROUTES.iter().rev() {
        for person in if route.may.is_empty() { EVERYBODY } else { route.may } {
            if route.path.contains("{processor}") {
                // What one of these ended, the next needs.
                clinic.save_keys();
            }
            let mut visitor = clinic.sign_in(person);
            let token = visitor.csrf("/dispensaries");
            let answer = visitor.send(route.request(ids, &visitor, &route.form(&token)));
            let what = format!("{} {} by {person}", route.method, route.path);
            assert!(
                answer.status < 500 && ![403, 404, 405].contains(&answer.status),
                "{what}: {}",
                answer.status
            );
            assert_secure(&what, &answer);
        }
    }
}

#[test]
fn what_is_in_other_books_is_not_there() {
    let siege = Siege::lay();
    let other = |dispensary, invoice| Ids { dispensary, invoice: Some(invoice), ..siege.ids() };
    let nothing_of_the_office = Ids { payment: NOBODY, ..other(OFFICE, ELSEWHERE) };
    // The owner has both dispensaries, the desk only the office.
    let tries = [
        ("practice-owner", other(PERSONAL, DRAFT)),
        ("practice-owner", other(PERSONAL, FINALISED)),
        ("practice-owner", nothing_of_the_office),
        ("front-desk-b", other(PERSONAL, ELSEWHERE)),
        ("front-desk-b", nothing_of_the_office),
        ("front-desk-b", other(NOBODY, ELSEWHERE)),
    ];
    for (person, ids) in tries {
        let mut visitor = siege.clinic.sign_in(person);
        let token = visitor.csrf("/dispensaries");
        let is_theirs =
            |dispensary| dispensary == OFFICE || (dispensary == PERSONAL && person == "practice-owner");
        let about_one = |route: &&Route| route.path.contains("{invoice}") || route.path.contains("{payment}");
        let reached =
            |route: &&Route| route.may.contains(&person) && (about_one(route) || !is_theirs(ids.dispensary));
        for route in ROUTES.iter().filter(|route| route.path.starts_with("/d/")).filter(reached) {
            let what = format!("{} {} by {person}", route.method, route.path(ids));
            let request = route.request(ids, &visitor, &route.form(&token));
            let answer = siege.refused(&what, &mut visitor, request, &[404]);
            assert!(!answer.text().contains(MARKER), "{what}: tells of other books");
        }
    }
}

#[test]
fn an_id_that_is_none_is_not_there() {
    let siege = Siege::lay();
    let mut owner = siege.clinic.sign_in("practice-owner");
    let token = owner.csrf("/dispensaries");
    let long = "9".repeat(4000);
    let none =
        [NOBODY, "0", "-1", "%00", "%ff%fe", "..%2f..", "%2e%2e", "'%20OR%201=1--", "%3Cscript%3E", &long];
    for route in
        ROUTES.iter().filter(|route| route.path.contains('{') && route.may.contains(&"practice-owner"))
    {
        for id in none {
            let whole = siege.ids();
            let each = [
                ("{dispensary}", Ids { dispensary: id, ..whole }),
                ("{invoice}", Ids { invoice: Some(id), ..whole }),
                ("{payment}", Ids { payment: id, ..whole }),
                ("{refund}", Ids { refund: id, ..whole }),
                ("{processor}", Ids { processor: id, ..whole }),
                ("{account}", Ids { account: id, ..whole }),
            ];
            for (_, ids) in each.into_iter().filter(|(place, _)| route.path.contains(place)) {
                let what = format!("{} {}", route.method, route.path(ids));
                let request = route.request(ids, &owner, &route.form(&token));
                let answer = siege.refused(&what, &mut owner, request, &[404]);
                assert!(!answer.text().contains("<script>"), "{what}");
            }
        }
    }
}

#[test]
fn a_body_that_is_too_long_is_refused() {
    let siege = Siege::lay();
    for (route, person) in forms() {
        let mut visitor = siege.clinic.sign_in(person);
        let token = visitor.csrf("/dispensaries");
        let mut form = route.form(&token);
        form.push(("more", "m".repeat(17 * 1024)));
        let request = route.request(siege.ids(), &visitor, &form);
        siege.refused(&format!("{} with 17 KiB", route.path), &mut visitor, request, &[413]);
    }
    let mut desk = siege.clinic.sign_in("front-desk-a");
    let token = desk.csrf("/dispensaries");
    let request = Request::new("POST", &format!("/d/{OFFICE}/invoices"))
        .header("origin", &desk.origin())
        .header("transfer-encoding", "chunked")
        .body(
            "application/x-www-form-urlencoded",
            &chunked(encode(&[("csrf", &token)]).as_bytes(), 10 << 20),
        );
    siege.refused("10 MiB in chunks", &mut desk, request, &[413]);
    let request = Request::new("POST", "/sign-in")
        .header("content-length", "99999999999999999999")
        .header("origin", &desk.origin());
    let answer = send(siege.clinic.address(), &request.bytes(siege.clinic.address()));
    assert!(
        answer.is_err() || answer.is_ok_and(|answer| (400..500).contains(&answer.status)),
        "a length that is no number"
    );
    siege.assert_nothing_changed("a length that is no number");
}

/// A body of chunks that begins as said and goes on for so long.
fn chunked(begins: &[u8], bytes: usize) -> Vec<u8> {
    let mut body = format!("{:x}\r\n", begins.len()).into_bytes();
    body.extend_from_slice(begins);
    body.extend_from_slice(b"\r\n");
    let chunk = [b"4000\r\n".to_vec(), vec![b'm'; 0x4000], b"\r\n".to_vec()].concat();
    for _ in 0..bytes / 0x4000 {
        body.extend_from_slice(&chunk);
    }
    body.extend_from_slice(b"0\r\n\r\n");
    body
}

/// Fields that hold whatever a person types: nearly every text is a good one.
const TEXTS: &[&str] = &["back", "description-0", "full_name", "note", "patient", "reason"];

/// What nothing takes, as it is written in a form.
const NOTHING_TAKES: &[&str] = &["", "%00", "a%00b", "x%0d%0aset-cookie:%20a=b"];

/// What no id, number, word or key is.
const NO_VALUES: &[&str] = &[
    "%ff%fe",
    "%zz",
    "%",
    "%u0041",
    "-1",
    "1e400",
    "NaN",
    "9223372036854775808",
    "99999999999999999999999999999999999999",
    "0x10",
    "[[[[[[[[[[[[[[[[{%22a%22:",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "%F0%9D%95%8F",
];

#[test]
fn a_field_that_is_missing_or_malformed_is_refused() {
    let siege = Siege::lay();
    for (route, person) in forms() {
        let mut visitor = siege.clinic.sign_in(person);
        let token = visitor.csrf("/dispensaries");
        for (name, _) in route.fields {
            let more = if TEXTS.contains(name) { &[][..] } else { NO_VALUES };
            let fields = route.form(&token);
            let rest = fields.iter().filter(|(known, _)| known != name);
            let rest: Vec<_> = rest.map(|(name, value)| (*name, value.as_str())).collect();
            let rest = encode(&rest);
            let written = NOTHING_TAKES.iter().chain(more).map(|value| format!("{rest}&{name}={value}"));
            for body in written.chain([rest.clone()]) {
                let what = format!("{} with {body}", route.path);
                let request = Request::new("POST", &route.path(siege.ids()))
                    .header("origin", &visitor.origin())
                    .body("application/x-www-form-urlencoded", body.as_bytes());
                let answer = siege.harmless(&what, &mut visitor, request);
                assert!(!answer.text().contains("<script>alert"), "{what}: comes back as a script");
                assert_eq!(
                    answer.header("set-cookie").filter(|cookie| cookie.starts_with("a=b")),
                    None,
                    "{what}"
                );
                visitor = if answer.header("set-cookie").is_some() {
                    siege.clinic.sign_in(person)
                } else {
                    visitor
                };
            }
        }
    }
}

#[test]
fn a_body_that_is_no_form_is_refused() {
    let siege = Siege::lay();
    for (route, person) in forms() {
        let mut visitor = siege.clinic.sign_in(person);
        let token = visitor.csrf("/dispensaries");
        let multipart =
            format!("--x\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n--x--\r\n");
        let deep = format!("{}\"csrf\":\"{token}\"", "{\"a\":".repeat(2000));
        let json = format!("{{\"csrf\":\"{token}\"}}");
        let second = format!("csrf=wrong&csrf={token}");
        let bodies: &[(&str, &[u8])] = &[
            ("application/json", json.as_bytes()),
            ("application/json", deep.as_bytes()),
            ("multipart/form-data; boundary=x", multipart.as_bytes()),
            ("application/x-www-form-urlencoded", b"\xff\xfe\x00\x01=\x80&&&===%"),
            ("application/x-www-form-urlencoded", second.as_bytes()),
            ("application/x-www-form-urlencoded", &b"a&".repeat(8000)),
            ("", b""),
        ];
        for (content_type, body) in bodies {
            let request = Request::new("POST", &route.path(siege.ids()))
                .header("origin", &visitor.origin())
                .body(content_type, body);
            siege.refused(&format!("{} as {content_type}", route.path), &mut visitor, request, &[403]);
        }
    }
}

#[test]
fn a_cookie_that_we_did_not_sign_is_nobody() {
    let siege = Siege::lay();
    let owner = siege.clinic.sign_in("practice-owner");
    let session = owner.cookies.get("clinic_session").expect("the session's cookie").clone();
    let cut = &session[..session.len() - 1];
    let promoted = siege.clinic.sign_in("front-desk-b").cookies["clinic_session"]
        .replace("front-desk-b", "practice-owner");
    let long = "x".repeat(6000);
    let cookies = [
        String::new(),
        "clinic_session".to_owned(),
        "clinic_session=".to_owned(),
        "clinic_session=....".to_owned(),
        format!("clinic_session={cut}"),
        format!("clinic_session={promoted}"),
        format!("clinic_session={session}0"),
        format!("clinic_session={}", session.to_uppercase()),
        format!("clinic_session=%00; clinic_lang=%ff; {long}"),
        "=; ;;; =a; clinic_lang=../../xx".to_owned(),
    ];
    for cookie in cookies {
        let what = format!("the cookie {cookie:.80}");
        let path = format!("/d/{OFFICE}/settings");
        let request = Request::new("GET", &path).header("cookie", &cookie);
        let answer = siege.refused(&what, &mut siege.clinic.visitor(), request, &[303]);
        assert_eq!(answer.location(), "/sign-in", "{what}");
    }
    let address = siege.clinic.address();
    let mut raw = format!(
        "GET /dispensaries HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncookie: clinic_session="
    )
    .into_bytes();
    raw.extend_from_slice(b"\xff\xfe\x80\r\n\r\n");
    let answer = send(address, &raw).unwrap();
    assert_eq!((answer.status, answer.location()), (303, "/sign-in"));
}

#[test]
fn nothing_but_the_assets_is_served_from_their_place() {
    let siege = Siege::lay();
    let mut nobody = siege.clinic.visitor();
    let names = [
        "../Cargo.toml",
        "..%2fCargo.toml",
        "%2e%2e%2fsrc%2fmain.rs",
        "....//seal-key",
        "%2fetc%2fpasswd",
        "clinic.css/../../seal-key",
        "clinic.css%00.js",
        "CLINIC.CSS",
        "billing.sqlite",
        "",
    ];
    for name in names {
        let request = Request::new("GET", &format!("/assets/{name}"));
        siege.refused(&format!("/assets/{name}"), &mut nobody, request, &[404]);
    }
}

#[test]
fn a_request_that_is_hardly_http_is_refused() {
    let siege = Siege::lay();
    let address = siege.clinic.address();
    let host = format!("host: {address}\r\nconnection: close\r\n");
    let many: String = (0..2000).map(|n| format!("x-{n}: {n}\r\n")).collect::<Vec<_>>().concat();
    let requests = [
        format!("GET / HTTP/1.1\r\n{host}{many}\r\n"),
        format!("GET / HTTP/1.1\r\n{host}x: {}\r\n\r\n", "x".repeat(2 << 20)),
        format!("GET /{} HTTP/1.1\r\n{host}\r\n", "x".repeat(2 << 20)),
        format!("GET / HTTP/9.9\r\n{host}\r\n"),
        format!("POST /sign-in HTTP/1.1\r\n{host}transfer-encoding: chunked\r\n\r\nnot a chunk\r\n"),
        format!("POST /sign-in HTTP/1.1\r\n{host}content-length: -1\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{host}bad header\r\n\r\n"),
        "\u{0}\u{1}\u{2}\r\n\r\n".to_owned(),
    ];
    for request in &requests {
        let what = format!("{request:.60}");
        // Hanging up is an answer too.
        if let Ok(answer) = send(address, request.as_bytes()) {
            assert!((400..500).contains(&answer.status), "{what}: {}", answer.status);
        }
        siege.assert_nothing_changed(&what);
    }
    assert_eq!(siege.clinic.visitor().get("/healthz").status, 200, "and the clinic is as well as before");
}

/// Every form, with somebody who may send it.
fn forms() -> impl Iterator<Item = (&'static Route, &'static str)> {
    let forms = ROUTES.iter().filter(|route| route.is_post());
    forms.map(|route| (route, route.may.first().copied().unwrap_or("front-desk-a")))
}

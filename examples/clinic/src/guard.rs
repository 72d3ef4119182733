//! What stands before every handler and after it: forms from our own pages only, bounded bodies, security headers.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;

use crate::answer::{self, Refusal};
use crate::app::App;
use crate::form::Form;
use crate::session::{COOKIE, Session, cookie, set_cookie};
use crate::visitor::Visitor;

/// The longest form; the longest page of ours posts a few kilobytes.
pub(crate) const BODY_BYTES_MAX: usize = 16 * 1024;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Around everything: finds out who asks, shows what was refused, and puts the security headers on.
pub(crate) async fn receive(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let now = Timestamp::now();
    let cookies = request.headers().get(header::COOKIE).and_then(|value| value.to_str().ok());
    let known =
        cookies.and_then(|cookies| cookie(cookies, COOKIE)).and_then(|value| app.sessions.open(value, now));
    let is_new = known.is_none();
    let mut response = match known.map_or_else(|| Session::new(None, now), Ok) {
        Ok(session) => {
            let visitor = Visitor::of(session, request.uri(), request.headers());
            request.extensions_mut().insert(visitor.clone());
            let mut response = if is_addressed_to_us(request.headers()) {
                next.run(request).await
            } else {
                Refusal::Misdirected.into_response()
            };
            if let Some(refusal) = response.extensions_mut().remove::<Arc<Refusal>>() {
                response = answer::show(&visitor, &refusal);
            }
            // A page with a form needs the token's session; what is cached by anybody must not carry one.
            let cached = response.headers().contains_key(header::CACHE_CONTROL);
            if is_new && !cached && !response.headers().contains_key(header::SET_COOKIE) {
                set(&mut response, header::SET_COOKIE, &set_cookie(&app.sessions.seal(&visitor.session)));
            }
            response
        }
        Err(error) => {
            tracing::error!(%error, "the system gives no random numbers");
            axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    };
    secure(response.headers_mut());
    response
}

/// Before every handler of a form: it came from a page of ours, in this session, and is not too long. Only routes that
/// exist are asked, so that an unknown path is still not found.
pub(crate) async fn admit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    request: Request,
    next: Next,
) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    if !is_own(request.headers()) {
        return Refusal::Forged.into_response();
    }
    let (parts, body) = request.into_parts();
    // It is not traced: it may be a pasted key.
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else { return Refusal::TooLarge.into_response() };
    if !app.sessions.vouch(&visitor.session, Form::parse(&body).text("csrf")) {
        return Refusal::Forged.into_response();
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

/// Whether the browser was asked for an address, or for this machine. Any site can make a name of its own lead here, and
/// its pages are then of the same origin as ours; without passwords nothing else would keep them out.
fn is_addressed_to_us(headers: &HeaderMap) -> bool {
    // Whoever names no host is no browser.
    let Some(named) = headers.get(header::HOST) else { return true };
    let authority = named.to_str().ok().and_then(|named| named.parse::<Authority>().ok());
    authority.is_some_and(|authority| {
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok()
    })
}

/// Whether the browser says that one of our own pages sent this. An old browser may say nothing: then the token speaks.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let own_site = text(FETCH_SITE).is_none_or(|site| site == "same-origin");
    let own_origin = text(header::ORIGIN).is_none_or(|origin| {
        let host = text(header::HOST).unwrap_or_default();
        origin.strip_prefix("http://") == Some(host) || origin.strip_prefix("https://") == Some(host)
    });
    own_site && own_origin
}

/// Where a page may load from. A page of ours needs nobody else; the payment window needs Stripe.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    pub(crate) scripts: String,
    pub(crate) frames: String,
    pub(crate) calls: String,
}

impl Sources {
    /// The `Content-Security-Policy` of a page that may load from here.
    pub(crate) fn policy(&self) -> String {
        let allowed = |own: &str, others: &str| match (own, others) {
            ("", "") => "'none'".to_owned(),
            (one, "") | ("", one) => one.to_owned(),
            (own, others) => format!("{own} {others}"),
        };
        format!(
            "default-src 'none'; script-src {}; style-src 'self'; img-src 'self' data:; font-src 'self'; \
             connect-src {}; frame-src {}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            allowed("'self'", &self.scripts),
            allowed("'self'", &self.calls),
            allowed("", &self.frames),
        )
    }

    /// Lets a page load from here.
    pub(crate) fn allow_in(&self, response: &mut Response) {
        set(response, header::CONTENT_SECURITY_POLICY, &self.policy());
        // A bank's page in 3-D Secure may open a window of its own and speak to it.
        set(response, OPENER, "same-origin-allow-popups");
        set(response, PERMISSIONS, &format!("payment=(self {})", quoted(&self.frames)));
    }
}

/// Each source in quotes, as `Permissions-Policy` wants them; it knows no wildcards worth having here.
fn quoted(sources: &str) -> String {
    let exact = sources.split(' ').filter(|source| !source.is_empty() && !source.contains('*'));
    exact.map(|source| format!("\"{source}\"")).collect::<Vec<_>>().join(" ")
}

pub(crate) fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// What every answer says, unless it said something else already.
fn secure(headers: &mut HeaderMap) {
    let mut default = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.entry(name).or_insert(value);
        }
    };
    default(header::CONTENT_SECURITY_POLICY, &Sources::default().policy());
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::X_FRAME_OPTIONS, "DENY");
    // Others learn at most where they were called from, never which invoice. Not `no-referrer`: with it, browsers send
    // `Origin: null` with our own forms, and the check of the origin would have to accept that.
    default(header::REFERRER_POLICY, "strict-origin-when-cross-origin");
    default(OPENER, "same-origin");
    default(PERMISSIONS, "camera=(), geolocation=(), microphone=(), payment=()");
    default(header::CACHE_CONTROL, "no-store");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(of: &[(HeaderName, &'static str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_form_of_our_own_page_is_own_and_any_other_sites_is_not() {
        let host = (header::HOST, "127.0.0.1:4242");
        let says = |more: &[(HeaderName, &'static str)]| {
            is_own(&headers(&[std::slice::from_ref(&host), more].concat()))
        };
        assert!(says(&[]));
        assert!(says(&[(header::ORIGIN, "http://127.0.0.1:4242"), (FETCH_SITE, "same-origin")]));
        for origin in ["null", "", "http://127.0.0.1:4243", "http://127.0.0.1:4242.example", "127.0.0.1:4242"]
        {
            assert!(!says(&[(header::ORIGIN, origin)]), "{origin}");
        }
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(!says(&[(FETCH_SITE, site)]), "{site}");
        }
    }

    #[test]
    fn a_name_that_leads_here_is_not_ours() {
        let named = |host| is_addressed_to_us(&headers(&[(header::HOST, host)]));
        for ours in ["127.0.0.1:4242", "localhost:4242", "LOCALHOST", "[::1]:4242", "192.0.2.7"] {
            assert!(named(ours), "{ours}");
        }
        for other in [
            "evil.example:4242",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "",
            "evil.example@127.0.0.1 ",
        ] {
            assert!(!named(other), "{other}");
        }
        assert!(is_addressed_to_us(&HeaderMap::new()));
    }

    #[test]
    fn a_page_loads_from_nobody_else() {
        assert_eq!(
            Sources::default().policy(),
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
             connect-src 'self'; frame-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
    }

    #[test]
    fn a_policy_for_payments_names_whole_origins() {
        assert_eq!(quoted("https://js.stripe.com https://*.js.stripe.com"), "\"https://js.stripe.com\"");
        assert_eq!(quoted(""), "");
    }
}

//! Who somebody is, and the language they read. This demo has no passwords; a host authenticates.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::Timestamp;

use crate::answer::{Refusal, page};
use crate::app::App;
use crate::form::Form;
use crate::guard::set;
use crate::lang::Lang;
use crate::pages;
use crate::people::Person;
use crate::session::{Session, set_cookie};
use crate::visitor::{LANGUAGE_COOKIE, Visitor};

/// How long a language is remembered: a year.
const LANGUAGE_LASTS_SECONDS: u32 = 365 * 24 * 60 * 60;

pub(super) async fn home(visitor: Visitor) -> Redirect {
    match visitor.session.person {
        Some(person) => Redirect::to(&first_page(person)),
        None => Redirect::to("/sign-in"),
    }
}

pub(super) async fn show(visitor: Visitor) -> Response {
    let people = Person::ALL.map(Person::as_str);
    page(StatusCode::OK, &pages::sign_in(&visitor.frame("/sign-in"), &people))
}

pub(super) async fn sign_in(State(app): State<Arc<App>>, form: Form) -> Result<Response, Refusal> {
    let person = Person::of_id(form.text("person")).ok_or(Refusal::Malformed)?;
    renew(&app, Some(person), &first_page(person))
}

pub(super) async fn sign_out(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    renew(&app, None, "/sign-in")
}

pub(super) async fn choose_language(form: Form) -> Result<Response, Refusal> {
    let lang = Lang::of_code(form.text("lang")).ok_or(Refusal::Malformed)?;
    let mut response = Redirect::to(own_path(form.text("back"))).into_response();
    let cookie = format!(
        "{LANGUAGE_COOKIE}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={LANGUAGE_LASTS_SECONDS}",
        lang.code()
    );
    set(&mut response, header::SET_COOKIE, &cookie);
    Ok(response)
}

/// A session of its own for whoever comes next: no token from before works in it.
fn renew(app: &App, person: Option<Person>, to: &str) -> Result<Response, Refusal> {
    let session = Session::new(person, Timestamp::now()).map_err(|_| Refusal::NoRandomness)?;
    let mut response = Redirect::to(to).into_response();
    set(&mut response, header::SET_COOKIE, &set_cookie(&app.sessions.seal(&session)));
    Ok(response)
}

fn first_page(person: Person) -> String {
    match (person, person.dispensaries()) {
        (Person::HelpCentre, _) | (_, []) => "/help-centre".to_owned(),
        (_, [first, ..]) => format!("/d/{first}/transactions"),
    }
}

/// A path of ours, or the first page: a form must not lead anybody elsewhere.
fn own_path(path: &str) -> &str {
    let is_path = path.starts_with('/') && !path.starts_with("//");
    let is_plain = path.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if is_path && is_plain { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        assert_eq!(own_path("/d/x/transactions?before=y"), "/d/x/transactions?before=y");
        for elsewhere in ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "/\t/x"]
        {
            assert_eq!(own_path(elsewhere), "/", "{elsewhere}");
        }
    }
}

//! Everywhere a secret could have ended up, and the search for it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use billing_acceptance::{Clinic, front_desk, owner};
use tracing_subscriber::fmt::MakeWriter;

/// A place where a secret could have ended up.
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl Place {
    pub(crate) fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }
}

/// Where which secret was found. A secret is found by any part of 12 characters.
pub(crate) fn leaks(places: &[Place], secrets: &[(&str, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for place in places {
        for (what, secret) in secrets {
            let part = |part: &[u8]| place.bytes.windows(part.len()).any(|window| window == part);
            if secret.as_bytes().windows(12).step_by(6).any(part) {
                found.push(format!("{what} in {}", place.name));
            }
        }
    }
    found
}

/// Every trace of this test binary, at the most talkative level.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traces(Arc<Mutex<Vec<u8>>>);

impl io::Write for Traces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Traces {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Traces {
    pub(crate) fn capture() -> Self {
        let traces = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(traces.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        traces
    }

    fn place(&self) -> Place {
        Place::new("traces", self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// Everything staff, patients, operators or a thief of the database could read.
pub(crate) async fn places(clinic: &Clinic, traces: &Traces, told: &str) -> Vec<Place> {
    let (owner, desk) = (owner(clinic.dispensary), front_desk(clinic.dispensary));
    let mut places = vec![traces.place(), Place::new("errors and views", told)];
    places.push(Place::new("facade", format!("{:?}", clinic.billing)));
    places.push(Place::new("settings", format!("{:?}", clinic.billing.settings(&owner).await.unwrap())));
    places.push(Place::new("audit", format!("{:?}", clinic.billing.audit(&owner, 0, 1_000).await.unwrap())));
    places.push(Place::new(
        "outbox",
        format!("{:?}", clinic.billing.changes(clinic.dispensary, 0, 1_000).await.unwrap()),
    ));
    places.push(Place::new(
        "payments",
        format!("{:?}", clinic.billing.payments(&desk, None, 100).await.unwrap()),
    ));
    places.push(Place::new(
        "accounts",
        format!("{:?}", clinic.store.accounts(clinic.dispensary).await.unwrap()),
    ));
    places.push(Place::new("alarms", format!("{:?}", clinic.alarms.raised())));
    for entry in std::fs::read_dir(clinic.database().parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        places.push(Place::new(
            format!("database file {}", path.file_name().unwrap().display()),
            std::fs::read(path).unwrap(),
        ));
    }
    for request in clinic.stripe.requests().iter().filter(|request| !request.is_from_browser()) {
        places.push(Place::new(format!("request {request:?}"), request.outside_authorization()));
    }
    for request in clinic.moneris.requests() {
        // A card's token and a ticket belong in the requests that ask about them, and there only.
        let asked = [&request.data_key, &request.ticket].into_iter().flatten();
        let rest = asked.fold(request.outside_token(), |text, secret| text.replacen(secret.as_str(), "", 1));
        places.push(Place::new(format!("request {request:?}"), rest));
    }
    places
}

//! Mistakes between an adapter and the network: keys forgotten or changed, and sends that nobody asked for.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use billing_transport::{Delivery, Exchange, Request, Response, SendError};
use http::HeaderValue;

use super::super::lock;
use super::super::network::At;
use super::super::world::World;
use super::Bug;

/// An exchange with a mistake of its own in front of the network.
#[derive(Debug)]
pub(in crate::simulation) struct BuggyExchange {
    inner: Arc<dyn Exchange>,
    bug: Bug,
    at: At,
    world: Arc<World>,
    sent: Mutex<BTreeSet<HeaderValue>>,
}

const KEY: &str = "idempotency-key";

impl BuggyExchange {
    pub(in crate::simulation) fn new(inner: Arc<dyn Exchange>, bug: Bug, at: At, world: &Arc<World>) -> Self {
        Self { inner, bug, at, world: Arc::clone(world), sent: Mutex::default() }
    }

    fn with_another_key(&self, request: &mut Request) {
        let mut sent = lock(&self.sent);
        for (_, value) in request.headers.iter_mut().filter(|(name, _)| name.as_str() == KEY) {
            if !sent.insert(value.clone()) {
                let again = format!("{}-again-{}", value.to_str().unwrap_or_default(), sent.len());
                *value = again.parse().unwrap();
            }
        }
    }

    fn with_other_keys(&self, request: &mut Request) {
        let (mut luck, _) = self.world.chance.at("other keys", 0);
        if !luck.per_mille(30) {
            return;
        }
        match self.at {
            At::Stripe => {
                for (_, value) in
                    request.headers.iter_mut().filter(|(name, _)| *name == http::header::AUTHORIZATION)
                {
                    let key = value.to_str().unwrap_or_default().trim_start_matches("Bearer ").to_owned();
                    if let Some(other) = lock(&self.world.truth).keys_of_somebody_else(&key) {
                        *value = format!("Bearer {other}").parse().unwrap();
                    }
                }
            }
            At::Moneris => {
                let (one, other) = (&self.world.tills[0], &self.world.tills[1]);
                let body = String::from_utf8_lossy(&request.body).into_owned();
                let body = if body.contains(one.id()) {
                    body.replace(one.id(), other.id()).replace(&one.api_token(), &other.api_token())
                } else {
                    body.replace(other.id(), one.id()).replace(&other.api_token(), &one.api_token())
                };
                request.body = body.into();
            }
        }
    }

    /// The same purchase under another order id.
    fn with_another_order_id(request: &Request) -> Request {
        let body = String::from_utf8_lossy(&request.body).replace("</order_id>", "0</order_id>");
        Request { body: body.into(), ..request.clone() }
    }
}

#[async_trait]
impl Exchange for BuggyExchange {
    async fn send(&self, mut request: Request) -> Result<Response, SendError> {
        match self.bug {
            Bug::ForgetsTheKey => request.headers.retain(|(name, _)| name.as_str() != KEY),
            Bug::NewKeyOnResend => self.with_another_key(&mut request),
            Bug::SendsWithOtherKeys => self.with_other_keys(&mut request),
            _ => {}
        }
        let got = self.inner.send(request.clone()).await;
        let is_in_doubt = got.as_ref().is_err_and(|error| error.delivery == Delivery::MaybeSent);
        let is_a_purchase = request.body.windows(17).any(|part| part == b"<res_purchase_cc>");
        match self.bug {
            Bug::SendsTwice if is_in_doubt => self.inner.send(request).await,
            Bug::NewOrderIdOnResend if is_in_doubt && is_a_purchase => {
                self.inner.send(Self::with_another_order_id(&request)).await
            }
            _ => got,
        }
    }
}

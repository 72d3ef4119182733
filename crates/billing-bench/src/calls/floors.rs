//! The floors: what a careful programmer would write for this one call, with nothing around it. No retry, no check of who answers.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use http::{HeaderName, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt as _;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use super::driver::{Contender, Failure, Order, secret_key};

const PATH: &str = "/v1/payment_intents";
const FORM: &str = "application/x-www-form-urlencoded";
const STRIPE_VERSION: &str = "2026-10-28.endive";
const AGENT: &str = "floor/1";

/// One reqwest client, and serde.
#[derive(Debug)]
pub struct BareReqwest {
    client: reqwest::Client,
    url: String,
}

impl Contender for BareReqwest {
    async fn connect(url: &str) -> Result<Self, Failure> {
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_platform_verifier()?
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .timeout(Duration::from_secs(30))
            .user_agent(AGENT)
            .build()?;
        Ok(Self { client, url: format!("{url}{PATH}") })
    }

    async fn create(&self, order: Order) -> Result<(), Failure> {
        let answer = self
            .client
            .post(&self.url)
            .header(AUTHORIZATION, authorization()?)
            .header(CONTENT_TYPE, FORM)
            .header("stripe-version", STRIPE_VERSION)
            .header("idempotency-key", &order.key)
            .body(form(&order))
            .send()
            .await?
            .error_for_status()?;
        read(&answer.bytes().await?, &order)
    }
}

/// One HTTP/1.1 connection of hyper's, and serde: below it there is only the kernel. Plain HTTP, one call at a time.
#[derive(Debug)]
pub struct BareHyper {
    connection: Mutex<SendRequest<Full<Bytes>>>,
    host: String,
}

impl Contender for BareHyper {
    async fn connect(url: &str) -> Result<Self, Failure> {
        let host = url.strip_prefix("http://").ok_or("the bare floor speaks plain HTTP")?;
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { connection: Mutex::new(sender), host: host.to_owned() })
    }

    async fn create(&self, order: Order) -> Result<(), Failure> {
        let request = Request::post(PATH)
            .header(HOST, &self.host)
            .header(USER_AGENT, AGENT)
            .header(AUTHORIZATION, authorization()?)
            .header(CONTENT_TYPE, FORM)
            .header(HeaderName::from_static("stripe-version"), STRIPE_VERSION)
            .header(HeaderName::from_static("idempotency-key"), &order.key)
            .body(Full::from(form(&order)))?;
        let mut connection = self.connection.lock().await;
        connection.ready().await?;
        let answer = connection.send_request(request).await?;
        if !answer.status().is_success() {
            return Err(answer.status().to_string().into());
        }
        read(&answer.into_body().collect().await?.to_bytes(), &order)
    }
}

fn authorization() -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", secret_key()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Nothing in it needs escaping.
fn form(order: &Order) -> String {
    format!(
        "amount={}&currency=cad&allowed_payment_method_types[]=card&capture_method=automatic\
         &metadata[payment_id]={}&metadata[invoice_id]={}",
        order.amount, order.payment_id, order.invoice_id
    )
}

fn read(body: &[u8], order: &Order) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct Intent<'a> {
        id: &'a str,
        status: &'a str,
        amount: i64,
        currency: &'a str,
        client_secret: &'a str,
    }
    let intent: Intent<'_> = serde_json::from_slice(body)?;
    let is_whole = intent.id.starts_with("pi_")
        && intent.status == "requires_payment_method"
        && !intent.client_secret.is_empty();
    let is_ours = intent.amount == order.amount && intent.currency == "cad";
    if is_whole && is_ours { Ok(()) } else { Err("another intent than was asked for".into()) }
}

//! The pool of connections, and what each must say of itself before it is used. No statement of the port.

use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, Config, Socket};

use super::options::PostgresOptions;
use super::schema;
use crate::OpenError;

/// The oldest server we know: its number is the version's, times 10,000.
const SERVER_MIN: i32 = 150_000;

/// What a connection says of itself.
const SETTINGS: &str = "SELECT current_setting('server_version_num')::integer, current_setting('fsync'),
    current_setting('full_page_writes'), current_setting('synchronous_commit'), current_setting('transaction_read_only')";

/// A TLS connector of the host's choice, or [`tokio_postgres::NoTls`].
pub trait Connector:
    MakeTlsConnect<Socket, Stream: Send + Sync, TlsConnect: TlsConnect<Socket, Future: Send> + Send + Sync>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<T> Connector for T where
    T: MakeTlsConnect<
            Socket,
            Stream: Send + Sync,
            TlsConnect: TlsConnect<Socket, Future: Send> + Send + Sync,
        > + Clone
        + Send
        + Sync
        + 'static
{
}

/// Opens the pool after one connection was found durable and its schema ours.
pub(super) async fn pool(
    config: &Config,
    tls: impl Connector,
    options: &PostgresOptions,
) -> Result<Pool, OpenError> {
    if !options.plaintext && !is_private(config) {
        return Err(OpenError::NotEncrypted);
    }
    let config = bounded(config, options);
    let first = connect(&config, tls.clone()).await.map_err(unreachable)?;
    check(&first).await?;
    schema::check(&first).await?;
    let manager =
        Manager::from_config(config, tls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
    // A connection made later may reach another server, or find other settings.
    let check_again = Hook::async_fn(|client: &mut deadpool_postgres::ClientWrapper, _| {
        Box::pin(
            async move { check(client).await.map_err(|refused| HookError::message(refused.to_string())) },
        )
    });
    Pool::builder(manager).max_size(options.connections).post_create(check_again).build().map_err(unreachable)
}

/// One connection of its own, with the task that keeps it going until the client is dropped.
pub(super) async fn connect(config: &Config, tls: impl Connector) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = config.connect(tls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to the database ended");
        }
    });
    Ok(client)
}

pub(super) fn unreachable(error: impl Into<Box<dyn Error + Send + Sync>>) -> OpenError {
    OpenError::Unreachable(error.into())
}

/// Whether nobody on the way can read what is said: TLS is demanded, or the way does not leave the machine.
fn is_private(config: &Config) -> bool {
    let is_local = |host: &Host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|it| it.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    let elsewhere = config.get_hostaddrs().iter().any(|address| !address.is_loopback());
    config.get_ssl_mode() == SslMode::Require || (config.get_hosts().iter().all(is_local) && !elsewhere)
}

/// The host's configuration, with a limit to every wait: on the network, for a lock, for a statement, and between two.
fn bounded(config: &Config, options: &PostgresOptions) -> Config {
    let mut bounded = config.clone();
    let milliseconds = |time: Duration| time.as_millis();
    let call = milliseconds(options.call_timeout);
    let limits = format!(
        "{} -c statement_timeout={call} -c idle_in_transaction_session_timeout={call} -c lock_timeout={}",
        config.get_options().unwrap_or_default(),
        milliseconds(options.lock_timeout)
    );
    bounded.options(limits.trim()).connect_timeout(options.call_timeout);
    if config.get_application_name().is_none() {
        bounded.application_name("patient-billing");
    }
    bounded
}

/// Judges what the connection says of itself, not what it was asked for.
async fn check(client: &Client) -> Result<(), OpenError> {
    let said = client.query_one(SETTINGS, &[]).await.map_err(unreachable)?;
    let setting = |column: usize| said.try_get::<_, String>(column).map_err(unreachable);
    judge(
        said.try_get(0).map_err(unreachable)?,
        &[("fsync", setting(1)?), ("full_page_writes", setting(2)?)],
        setting(3)?,
        &setting(4)?,
    )
}

fn judge(
    server: i32,
    switches: &[(&'static str, String)],
    synchronous_commit: String,
    read_only: &str,
) -> Result<(), OpenError> {
    if server < SERVER_MIN {
        return Err(OpenError::OldServer { found: server / 10_000, needed: SERVER_MIN / 10_000 });
    }
    for (setting, found) in switches {
        if found != "on" {
            return Err(OpenError::NotDurable { setting, found: found.clone(), needed: "on" });
        }
    }
    if !["on", "remote_apply"].contains(&synchronous_commit.as_str()) {
        return Err(OpenError::NotDurable {
            setting: "synchronous_commit",
            found: synchronous_commit,
            needed: "on or remote_apply",
        });
    }
    if read_only == "on" { Err(OpenError::ReadOnly) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(fsync: &str, pages: &str, commit: &str) -> Result<(), OpenError> {
        let switches = [("fsync", fsync.to_owned()), ("full_page_writes", pages.to_owned())];
        judge(160_002, &switches, commit.to_owned(), "off")
    }

    #[test]
    fn a_server_that_could_lose_a_committed_step_is_refused() {
        assert!(judged("on", "on", "on").is_ok());
        assert!(judged("on", "on", "remote_apply").is_ok());
        for (fsync, pages, commit, named) in [
            ("off", "on", "on", "fsync"),
            ("on", "off", "on", "full_page_writes"),
            ("on", "on", "off", "synchronous_commit"),
            ("on", "on", "local", "synchronous_commit"),
            ("on", "on", "remote_write", "synchronous_commit"),
        ] {
            let refused = judged(fsync, pages, commit);
            assert!(
                matches!(refused, Err(OpenError::NotDurable { setting, .. }) if setting == named),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn an_old_server_and_one_that_only_reads_are_refused() {
        assert!(matches!(
            judge(140_011, &[], "on".to_owned(), "off"),
            Err(OpenError::OldServer { found: 14, needed: 15 })
        ));
        assert!(matches!(judge(150_000, &[], "on".to_owned(), "on"), Err(OpenError::ReadOnly)));
    }

    #[test]
    fn words_leave_the_machine_only_over_tls() {
        let private = |config: &str| is_private(&config.parse().unwrap());
        for config in [
            "host=localhost",
            "host=127.0.0.1,::1",
            "host=/run/postgresql",
            "host=db.clinic.example sslmode=require",
            "host=db.clinic.example hostaddr=10.0.0.7 sslmode=require",
        ] {
            assert!(private(config), "{config}");
        }
        for config in [
            "host=db.clinic.example",
            "host=db.clinic.example sslmode=prefer",
            "host=10.0.0.7",
            "host=localhost,10.0.0.7",
            "hostaddr=10.0.0.7",
            "host=localhost hostaddr=10.0.0.7",
        ] {
            assert!(!private(config), "{config}");
        }
    }

    #[test]
    fn every_wait_is_bounded_and_the_hosts_own_options_stay() {
        let config = "host=localhost options='-c search_path=billing'".parse().unwrap();
        let bounded = bounded(&config, &PostgresOptions::default());
        assert_eq!(
            bounded.get_options(),
            Some(
                "-c search_path=billing -c statement_timeout=10000 -c idle_in_transaction_session_timeout=10000 \
                 -c lock_timeout=2000"
            )
        );
        assert_eq!(bounded.get_connect_timeout(), Some(&Duration::from_secs(10)));
    }
}

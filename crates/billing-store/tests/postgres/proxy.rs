//! A way to the server that can be cut, so that its answers are lost on the way. No test.

use std::net::SocketAddr;
use std::sync::Arc;

use billing_store::tokio_postgres::Config;
use billing_store::tokio_postgres::config::Host;
use tokio::io::{AsyncRead, AsyncWrite, copy, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

pub(crate) struct Proxy {
    address: SocketAddr,
    behind: Config,
    cut: Arc<Notify>,
}

impl Proxy {
    pub(crate) async fn to(server: &Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy =
            Self { address: listener.local_addr().unwrap(), behind: server.clone(), cut: Arc::default() };
        let (server, cut) = (server.clone(), Arc::clone(&proxy.cut));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server.clone(), Arc::clone(&cut)));
            }
        });
        proxy
    }

    /// The server's configuration, by this way.
    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new();
        config.host("127.0.0.1").port(self.address.port());
        config.user(self.behind.get_user().unwrap()).dbname(self.behind.get_dbname().unwrap());
        if let Some(password) = self.behind.get_password() {
            config.password(password);
        }
        config
    }

    /// Ends every connection on the client's side only.
    pub(crate) fn cut(&self) {
        self.cut.notify_waiters();
    }
}

async fn carry(client: TcpStream, server: Config, cut: Arc<Notify>) {
    let port = server.get_ports().first().copied().unwrap_or(5432);
    match &server.get_hosts()[0] {
        Host::Tcp(name) => {
            relay(client, TcpStream::connect((name.as_str(), port)).await.unwrap(), &cut).await;
        }
        #[cfg(unix)]
        Host::Unix(folder) => {
            let socket = folder.join(format!(".s.PGSQL.{port}"));
            relay(client, tokio::net::UnixStream::connect(socket).await.unwrap(), &cut).await;
        }
    }
}

async fn relay(client: TcpStream, server: impl AsyncRead + AsyncWrite, cut: &Notify) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = split(server);
    tokio::select! {
        _ = copy(&mut from_client, &mut to_server) => {}
        _ = copy(&mut from_server, &mut to_client) => {}
        () = cut.notified() => {
            drop((from_client, to_client));
            // The server's side stays: it does not know.
            std::future::pending::<()>().await;
        }
    }
}

//! Makes a server far away: carries bytes both ways, each half a round trip late. It looks at none of them.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

/// How long a request and its answer are under way together.
pub(super) const ROUND_TRIP: Duration = Duration::from_millis(30);

/// Carries one connection to `server` until either side ends it.
///
/// The kernel has answered the connecting before this code can be late, so that round trip is waited for here.
pub(super) async fn carry(near: TcpStream, server: SocketAddr) {
    sleep(ROUND_TRIP).await;
    let Ok(far) = TcpStream::connect(server).await else { return };
    let _ = far.set_nodelay(true);
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    tokio::spawn(carry_late(near_in, far_out));
    carry_late(far_in, near_out).await;
}

async fn carry_late(mut from: impl AsyncRead + Unpin + Send + 'static, mut to: impl AsyncWrite + Unpin) {
    let (sender, mut under_way) = mpsc::channel::<(Instant, Vec<u8>)>(1_024);
    tokio::spawn(async move {
        let mut buffer = vec![0; 16 * 1_024];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            let bytes = buffer.get(..length).unwrap_or_default().to_vec();
            if sender.send((Instant::now() + ROUND_TRIP / 2, bytes)).await.is_err() {
                return;
            }
        }
    });
    while let Some((arrives, bytes)) = under_way.recv().await {
        sleep_until(arrives).await;
        if to.write_all(&bytes).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

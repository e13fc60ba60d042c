use axum::{body::Bytes, routing};
use futures_util::StreamExt;
use tokio::io::AsyncReadExt;

use super::*;

/// A server on a free port, and the hand that stops it.
struct Server {
    port: u16,
    stop: watch::Sender<Stop>,
    task: tokio::task::JoinHandle<Ended>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let (stop, watched) = watch::channel(Stop::Run);
        let task = tokio::spawn(serve(listener, app(), limits, watched));
        Self { port, stop, task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.expect("the server accepts")
    }

    /// What the server answers to `bytes` until it closes.
    async fn exchange(&self, bytes: &[u8]) -> String {
        let mut socket = self.connect().await;
        // The server may answer and close before it has read everything.
        let _ = socket.write_all(bytes).await;
        read_all(socket).await
    }
}

async fn read_all(mut socket: TcpStream) -> String {
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(n) = socket.read(&mut buffer).await {
        if n == 0 {
            break;
        }
        answer.extend_from_slice(&buffer[..n]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn app() -> Router {
    let ticks = || async {
        let ticks = futures_util::stream::unfold(0, |n| async move {
            tokio::time::sleep(Duration::from_millis(30)).await;
            (n < 10).then(|| (Ok::<_, Infallible>(Bytes::from("tick ")), n + 1))
        });
        Response::new(Body::from_stream(ticks))
    };
    let flood = || async {
        let chunk = Bytes::from(vec![b'x'; 1 << 20]);
        Response::new(Body::from_stream(
            futures_util::stream::repeat(Ok::<_, Infallible>(chunk)).take(64),
        ))
    };
    Router::new()
        .route("/", routing::get(|| async { "here" }))
        .route("/length", routing::post(|body: Bytes| async move { body.len().to_string() }))
        .route("/ticks", routing::get(ticks))
        .route("/flood", routing::get(flood))
}

fn quick() -> Limits {
    let short = Duration::from_millis(300);
    Limits {
        head_timeout: short,
        body_pause: short,
        write_pause: short,
        drain: Duration::from_secs(5),
        ..Limits::default()
    }
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn heads_above_the_limits_get_431() {
    let server = Server::start(quick()).await;
    let long = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "y".repeat(17 * 1024));
    assert!(server.exchange(long.as_bytes()).await.starts_with("HTTP/1.1 431 "));
    let endless = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}", "y".repeat(64 * 1024));
    assert!(server.exchange(endless.as_bytes()).await.starts_with("HTTP/1.1 431 "));
    let many = format!("GET / HTTP/1.1\r\nhost: a\r\n{}\r\n", "a: b\r\n".repeat(101));
    assert!(server.exchange(many.as_bytes()).await.starts_with("HTTP/1.1 431 "));
    let fits = format!("GET / HTTP/1.1\r\nconnection: close\r\n{}\r\n", "a: b\r\n".repeat(99));
    assert!(server.exchange(fits.as_bytes()).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_body_that_pauses_gets_408_and_a_slow_one_does_not() {
    let server = Server::start(quick()).await;
    let head =
        b"POST /length HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 6\r\n\r\n";
    let answer = server.exchange(&[head, &b"abc"[..]].concat()).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("request_timeout"), "{answer}");

    let mut socket = server.connect().await;
    socket.write_all(head).await.expect("open");
    for byte in b"abcdef" {
        tokio::time::sleep(Duration::from_millis(100)).await;
        socket.write_all(&[*byte]).await.expect("open");
    }
    assert!(read_all(socket).await.ends_with("\r\n\r\n6"));
}

#[tokio::test]
async fn a_head_that_never_ends_is_closed() {
    let server = Server::start(quick()).await;
    let began = std::time::Instant::now();
    server.exchange(b"GET / HTTP/1.1\r\nhost: a\r\n").await;
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn idle_connections_make_room_and_busy_ones_do_not() {
    let server = Server::start(Limits { connections: 2, ..Limits::default() }).await;
    let _idle = server.connect().await;
    let _idler = server.connect().await;
    assert!(server.exchange(GET).await.ends_with("here"));

    let mut busy = [server.connect().await, server.connect().await];
    for socket in &mut busy {
        socket.write_all(b"GET /ticks HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("open");
        let mut first = [0; 16];
        socket.read_exact(&mut first).await.expect("an answer begins");
    }
    assert!(server.exchange(GET).await.starts_with("HTTP/1.1 503 "));
}

#[tokio::test]
async fn running_answers_are_drained_and_nothing_new_is_accepted() {
    let server = Server::start(quick()).await;
    let mut socket = server.connect().await;
    let _idle = server.connect().await;
    socket.write_all(b"GET /ticks HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("open");
    let mut first = [0; 16];
    socket.read_exact(&mut first).await.expect("an answer begins");
    server.stop.send_replace(Stop::Drain);
    let rest = read_all(socket).await;
    assert_eq!(rest.matches("tick ").count(), 10, "{rest}");
    assert_eq!(server.task.await.expect("no panic"), Ended::Drained);
    assert!(TcpStream::connect(("127.0.0.1", server.port)).await.is_err());
}

#[tokio::test]
async fn a_second_signal_or_the_deadline_cuts() {
    for second_signal in [true, false] {
        let drain = Duration::from_millis(if second_signal { 60_000 } else { 50 });
        let server = Server::start(Limits { drain, ..Limits::default() }).await;
        let mut socket = server.connect().await;
        socket.write_all(b"GET /ticks HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("open");
        let mut first = [0; 16];
        socket.read_exact(&mut first).await.expect("an answer begins");
        server.stop.send_replace(Stop::Drain);
        if second_signal {
            server.stop.send_replace(Stop::Now);
        }
        assert_eq!(server.task.await.expect("no panic"), Ended::Cut(1));
    }
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut_off() {
    let server = Server::start(quick()).await;
    let mut socket = server.connect().await;
    socket.write_all(b"GET /flood HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("open");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let taken = read_all(socket).await.len();
    assert!(taken < 64 << 20, "the whole answer arrived: {taken} bytes");
}

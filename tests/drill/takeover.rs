//! Two processes on one PostgreSQL: the second waits, takes over when the first is killed, frozen or asked to end, and never do
//! both send.

use crate::house::House;
use crate::kill::evidence;
use crate::records;
use anyhow::{Context, Result, bail, ensure};
use dashoffice_load_tests::{Client, Load, Process, Program, Verdict, now_us};
use dashoffice_runtime::task;
use serde_json::Value;
use std::io::{Write, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// A lease of two seconds, a beat, a start, and a busy machine.
const TO_TAKE_OVER: Duration = Duration::from_secs(15);

#[tokio::test]
async fn drill_d_one_of_two_processes_owns_and_the_other_takes_over_from_the_dead_and_the_frozen() {
    let postgres = records::empty_postgres().await.unwrap();
    let house = House::new(Some(postgres)).await.unwrap();
    match takeovers(&house).await {
        Ok((verdict, seconds)) if verdict.holds() && verdict.acknowledged > 0 && verdict.replies > 0 => {
            let line = format!(
                "{{\"drill\":\"takeover\",\"store\":\"postgres\",\"seconds\":{seconds:?},\"result\":{}}}",
                verdict.line()
            );
            writeln!(stdout(), "{line}").unwrap();
        }
        Ok((verdict, _)) => panic!("kept in {}: {}", house.keep(), verdict.line()),
        Err(error) => panic!("kept in {}: {error:?}", house.keep()),
    }
}

/// A place to serve from, with whoever serves there.
struct Seat {
    program: Program,
    url: String,
    process: Option<Process>,
}

impl Seat {
    fn sit(&mut self) -> Result<()> {
        self.process = Some(self.program.start()?);
        Ok(())
    }

    fn process(&mut self) -> Result<&mut Process> {
        self.process.as_mut().context("nobody sits here")
    }

    async fn is_ready(&self, house: &House) -> bool {
        let answer = house.client.get(format!("{}/readyz", self.url)).timeout(Duration::from_secs(1)).send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    }

    /// As what `/readyz` says it stands there.
    async fn stands(&self, house: &House) -> Result<String> {
        let answer: Value = house.client.get(format!("{}/readyz", self.url)).send().await?.json().await?;
        Ok(answer["status"].as_str().unwrap_or_default().to_owned())
    }

    /// Waits until this one owns; how long that took.
    async fn owns(&mut self, house: &House) -> Result<f64> {
        let began = Instant::now();
        let url = format!("{}/readyz", self.url);
        self.process()?.ready(&house.client, &url, TO_TAKE_OVER).await?;
        Ok(began.elapsed().as_secs_f64())
    }
}

async fn takeovers(house: &House) -> Result<(Verdict, Vec<f64>)> {
    let ((first, first_url), (second, second_url)) =
        (house.server_elsewhere("first")?, house.server_elsewhere("second")?);
    let mut a = Seat { program: first, url: first_url, process: None };
    let mut b = Seat { program: second, url: second_url, process: None };
    let listener = TcpListener::bind(house.address()).await.context("cannot listen before the servers")?;
    let balancer = balance(listener, house.client.clone(), [a.url.clone(), b.url.clone()]);
    let _balancer = AbortOnDrop(task::spawn("balancer", balancer));
    let player = house.player().await?;
    let (mut moments, mut seconds) = (Vec::new(), Vec::new());

    a.sit()?;
    a.owns(house).await?;
    b.sit()?;
    house.simulator.begins(Load { rate_per_s: 40.0, count: 10_000_000, customers: 40 }).await?;
    sleep(Duration::from_secs(2)).await;
    if b.is_ready(house).await {
        bail!("two processes own one database");
    }

    // The owner is killed.
    moments.push(now_us());
    a.process.take().context("nobody to kill")?.kill().await?;
    seconds.push(b.owns(house).await?);
    a.sit()?;
    sleep(Duration::from_secs(2)).await;

    // The owner is frozen: it must lose what it holds without noticing, and must not act on it when it wakes.
    moments.push(now_us());
    b.process()?.freeze().await?;
    seconds.push(a.owns(house).await?);
    sleep(Duration::from_secs(2)).await;
    b.process()?.thaw().await?;
    sleep(Duration::from_secs(2)).await;
    if !a.is_ready(house).await || b.is_ready(house).await {
        bail!("whoever woke up still believes it is the owner");
    }
    let stands = b.stands(house).await?;
    ensure!(stands == "starting", "the store is there, it is only not theirs: {stands}");

    // A rolling deploy: the owner is asked to end, and the other one goes on.
    House::ends(a.process.take().context("nobody to end")?).await?;
    seconds.push(b.owns(house).await?);
    sleep(Duration::from_secs(1)).await;

    house.simulator.stops_writing().await?;
    house.simulator.quiet(Duration::from_secs(3), Duration::from_secs(120)).await?;
    House::ends(b.process.take().context("nobody to end")?).await?;
    let records = records::read(&house.database).await?;
    let evidence = evidence(house, moments, records).await?;
    House::ends(player).await?;
    Ok((Verdict::of(&evidence), seconds))
}

/// What a load balancer does: passes every connection on to whichever server says that it is ready.
async fn balance(listener: TcpListener, client: Client, seats: [String; 2]) {
    let owner = Arc::new(AtomicUsize::new(0));
    let (looking, chosen) = (seats.clone(), Arc::clone(&owner));
    let _watching = AbortOnDrop(task::spawn("balancer's look", async move {
        loop {
            for (n, seat) in looking.iter().enumerate() {
                let url = format!("{seat}/readyz");
                let answer = client.get(url).timeout(Duration::from_millis(500)).send().await;
                if answer.is_ok_and(|answer| answer.status() == 200) {
                    chosen.store(n, Ordering::Relaxed);
                }
            }
            sleep(Duration::from_millis(50)).await;
        }
    }));
    while let Ok((mut customer, _)) = listener.accept().await {
        let seat = seats[owner.load(Ordering::Relaxed)].trim_start_matches("http://").to_owned();
        task::spawn("balanced connection", async move {
            if let Ok(mut server) = TcpStream::connect(seat).await {
                // Whoever breaks it off, the provider posts again.
                let _ = copy_bidirectional(&mut customer, &mut server).await;
            }
        });
    }
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

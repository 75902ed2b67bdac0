//! Two processes on one data directory, and an orderly end.

use crate::house::House;
use anyhow::{Result, bail};

#[tokio::test]
async fn drill_d_a_second_process_on_the_same_data_ends_by_itself_and_the_first_goes_on() {
    let house = House::new(None).await.unwrap();
    if let Err(error) = second(&house).await {
        panic!("kept in {}: {error:?}", house.keep());
    }
}

async fn second(house: &House) -> Result<()> {
    let first = house.server().await?;
    let Err(told) = house.server_on_another_port().await else {
        bail!("two processes are ready on the same data");
    };
    let told = format!("{told:?}");
    if !told.contains("ended with exit status: 1") || !told.contains("cannot open the store") {
        bail!("the second process did not say why it ended: {told}");
    }
    let status = house.webhook().text(&house.client, "5511900000001", "wamid.after", "still there?").await?;
    if status != 200 {
        bail!("the first process answers {status} after the second one ended");
    }
    House::ends(first).await
}

//! A shadow database for as long as a command needs it.

use stairwell::Shadow;

use crate::connect::Connected;
use crate::error::Error;
use crate::output;

/// A shadow, and a session in it.
pub(crate) struct Shadowed {
    shadow: Shadow,
    pub(crate) connected: Connected,
}

impl Shadowed {
    pub(crate) async fn create(live: &Connected) -> Result<Shadowed, Error> {
        if live.keep.is_some() {
            return Err(Error::failed("the embedded PostgreSQL has room for one connection"));
        }
        let shadow = Shadow::create(&live.client).await?;
        match live.sibling(shadow.name()).await {
            Ok(connected) => Ok(Shadowed { shadow, connected }),
            Err(error) => {
                remove(&shadow, live).await;
                Err(error)
            }
        }
    }

    /// Ends the session and removes the database.
    pub(crate) async fn remove(self, live: &Connected) {
        self.connected.close().await;
        remove(&self.shadow, live).await;
    }
}

async fn remove(shadow: &Shadow, live: &Connected) {
    let Err(error) = shadow.remove(&live.client).await else { return };
    // The session may be what was lost, and not the server.
    if live.client.is_closed()
        && let Ok(another) = live.again().await
    {
        let removed = shadow.remove(&another.client).await;
        another.close().await;
        if removed.is_ok() {
            return;
        }
    }
    let name = shadow.name();
    output::warn(&format!(
        "the shadow database `{name}` is still there: {error}; remove it with `DROP DATABASE {name}`"
    ));
}

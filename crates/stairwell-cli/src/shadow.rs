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
    if let Err(error) = shadow.remove(&live.client).await {
        output::warn(&format!("the shadow database `{}` is still there: {error}", shadow.name()));
    }
}

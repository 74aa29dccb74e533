//! Where a walk begins anew behind a migration that a check failed at.

use crate::{Failure, course::Course, database::TestDatabase};

/// A database beside that of the walk, in which nothing has gone down.
///
/// It goes from one failure to the next, so that all failures of a walk together apply each migration once more. A
/// template for each would apply all migrations before it again, and stay as long as the server.
#[derive(Default)]
pub(crate) struct Ahead(Option<(TestDatabase, usize)>);

impl Ahead {
    /// A database with the first `place` steps of the course behind it.
    pub(crate) async fn copy_at(&mut self, course: &Course, place: usize) -> Result<TestDatabase, Failure> {
        // One with no step behind it would have the rows of the beginning put in twice.
        if place == 0 {
            return TestDatabase::at(course, 0, None).await;
        }
        let (database, from) = match self.0.take() {
            Some((database, from)) if from <= place => (database, from),
            _ => (TestDatabase::empty().await?, 0),
        };
        // The session ends here: nobody may be connected to what is copied.
        course.bring(&mut database.connect().await?, from, place).await?;
        let copy = database.copy().await?;
        self.0 = Some((database, place));
        Ok(copy)
    }
}

//! What is asked ahead, all at once.
//!
//! Each group asks for what it needs when it is its turn: forty questions, and over a network as many round trips. So
//! the groups are gone through twice. In a rehearsal nobody answers, and what they ask is noted; all of that is sent
//! together, and then the groups find the answers waiting. What a group asks only because of an answer is not noted, and
//! is asked when it comes to that.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use tokio_postgres::Row;

/// What `$1` is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Parameter {
    None,
    /// The OIDs of the schemas that are read.
    Schemas,
    /// The role whose objects have no owner.
    Role,
}

#[derive(Clone)]
pub(super) struct Question {
    /// What it asks for, for an error.
    pub(super) what: &'static str,
    pub(super) parameter: Parameter,
    pub(super) sql: String,
}

/// A lock, because the future of a reading may be sent to another thread; nobody ever waits for it.
pub(super) enum Answers {
    /// In a rehearsal.
    Noted(Mutex<Vec<Question>>),
    Known(Mutex<HashMap<(Parameter, String), Vec<Row>>>),
}

impl Answers {
    pub(super) fn none() -> Self {
        Self::Known(Mutex::default())
    }

    pub(super) fn rehearsal() -> Self {
        Self::Noted(Mutex::default())
    }

    pub(super) fn known(all: impl Iterator<Item = (Question, Vec<Row>)>) -> Self {
        let all = all.map(|(question, rows)| ((question.parameter, question.sql), rows));
        Self::Known(Mutex::new(all.collect()))
    }

    /// The answer, if there is one already. In a rehearsal it is always empty.
    pub(super) fn take(&self, question: &Question) -> Option<Vec<Row>> {
        match self {
            Self::Noted(questions) => {
                questions.lock().unwrap_or_else(PoisonError::into_inner).push(question.clone());
                Some(Vec::new())
            }
            Self::Known(answers) => {
                let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
                answers.remove(&(question.parameter, question.sql.clone()))
            }
        }
    }

    /// What was asked in a rehearsal, in that order.
    pub(super) fn questions(self) -> Vec<Question> {
        match self {
            Self::Noted(questions) => questions.into_inner().unwrap_or_else(PoisonError::into_inner),
            Self::Known(_) => Vec::new(),
        }
    }
}

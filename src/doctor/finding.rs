//! One thing that was looked at, and what came of it.

use std::fmt;

/// What was found, and what to do about it where something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    Fine(String),
    /// Worth knowing; nothing must be done.
    Note(String),
    Problem {
        what: String,
        remedy: String,
    },
}

impl Finding {
    pub(crate) fn fine(what: impl Into<String>) -> Self {
        Self::Fine(what.into())
    }

    pub(crate) fn note(what: impl Into<String>) -> Self {
        Self::Note(what.into())
    }

    pub(crate) fn problem(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Problem { what: what.into(), remedy: remedy.into() }
    }

    pub(crate) const fn is_problem(&self) -> bool {
        matches!(self, Self::Problem { .. })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fine(what) => write!(f, "ok       {what}"),
            Self::Note(what) => write!(f, "note     {what}"),
            Self::Problem { what, remedy } => write!(f, "PROBLEM  {what}\n         → {remedy}"),
        }
    }
}

/// Everything that was looked at, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn add(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    pub(super) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.0.extend(findings);
    }

    pub(crate) fn problems(&self) -> usize {
        self.0.iter().filter(|finding| finding.is_problem()).count()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|finding| writeln!(f, "{finding}"))?;
        match self.problems() {
            0 => writeln!(f, "\nnothing is wrong"),
            1 => writeln!(f, "\n1 problem"),
            n => writeln!(f, "\n{n} problems"),
        }
    }
}

//! A text that is put together in a constant.

/// As many bytes as rustc shows of a message without becoming unreadable.
const CAPACITY: usize = 4096;

/// A text of bounded length: what does not fit is replaced by `…`.
#[derive(Debug)]
pub struct Text {
    bytes: [u8; CAPACITY],
    len: usize,
    is_full: bool,
}

impl Text {
    pub(super) const fn new() -> Self {
        Text { bytes: [0; CAPACITY], len: 0, is_full: false }
    }

    /// Adds the whole of `text`, or nothing from now on.
    pub(super) const fn push(mut self, text: &str) -> Self {
        const ELLIPSIS: &str = "…";
        if self.is_full {
            return self;
        }
        self.is_full = text.len() > CAPACITY - self.len - ELLIPSIS.len();
        let text = if self.is_full { ELLIPSIS.as_bytes() } else { text.as_bytes() };
        let mut at = 0;
        while at < text.len() {
            self.bytes[self.len] = text[at];
            self.len += 1;
            at += 1;
        }
        self
    }

    /// Adds `text` in backticks.
    pub(super) const fn code(self, text: &str) -> Self {
        self.push("`").push(text).push("`")
    }

    /// The text.
    pub const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            // It cannot happen: only whole strings are added.
            Err(_) => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut text = Text::new().push("ä");
        for _ in 0..CAPACITY {
            text = text.push("ö, ");
        }
        assert!(text.as_str().starts_with("äö, ö, "));
        assert!(text.as_str().ends_with("ö, …"));
        assert!(text.as_str().len() <= CAPACITY && text.as_str().len() > CAPACITY - 8);
    }
}

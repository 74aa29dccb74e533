// Fifteen years of notes write MAC addresses in four ways, between room numbers and telephone numbers.
// Telling them apart takes a loop and some judgement, which is Rust rather than a regular expression.
//
// The notes stay as they are, and what is read from them carries the origin `network_note`:
// down removes exactly those rows, and nothing that a person has entered.
use stairwell::{StepError, Transaction};

async fn up(tx: &Transaction<'_>) -> Result<(), StepError> {
    let notes = tx
        .query(
            "SELECT asset_id, network_note FROM computers WHERE network_note IS NOT NULL ORDER BY asset_id",
            &[],
        )
        .await?;

    let mut computers: Vec<i64> = Vec::new();
    let mut labels: Vec<String> = Vec::new();
    let mut addresses: Vec<String> = Vec::new();
    for row in &notes {
        let computer: i64 = row.try_get(0)?;
        for (label, address) in interfaces(row.try_get(1)?) {
            computers.push(computer);
            labels.push(label);
            addresses.push(address);
        }
    }

    // What somebody has already entered by hand wins.
    tx.execute(
        "INSERT INTO computer_interfaces (computer_id, label, mac_address, origin)
         SELECT found.computer_id, found.label, found.mac_address::macaddr, 'network_note'
         FROM unnest($1::bigint[], $2::text[], $3::text[]) AS found (computer_id, label, mac_address)
         ON CONFLICT (computer_id, mac_address) DO NOTHING",
        &[&computers, &labels, &addresses],
    )
    .await?;
    Ok(())
}

async fn down(tx: &Transaction<'_>) -> Result<(), StepError> {
    tx.execute("DELETE FROM computer_interfaces WHERE origin = 'network_note'", &[]).await?;
    Ok(())
}

/// The MAC addresses of a note, each with the word before it: `WLAN: 001a.2b3c.4d5f` is labelled `WLAN`.
fn interfaces(note: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut label = None;
    for word in note.split(|c: char| c.is_whitespace() || ",;/()".contains(c)) {
        // `LAN=00-1A-2B-3C-4D-5E` has its label in the same word.
        let (own_label, rest) = match word.split_once(['=', ':']) {
            Some((before, after)) if mac_address(word).is_none() => (before, after),
            _ => ("", word),
        };
        if own_label.contains(|c: char| c.is_alphabetic()) {
            label = Some(own_label.to_owned());
        }
        match mac_address(rest) {
            Some(address) => {
                let label = label.take().unwrap_or_else(|| format!("eth{}", found.len()));
                found.push((label, address));
            }
            None if rest.contains(|c: char| c.is_alphabetic()) => label = Some(rest.to_owned()),
            None => {}
        }
    }
    found
}

/// Twelve hexadecimal digits: in six pairs, in three groups of four (as switches print them), or in one piece.
fn mac_address(word: &str) -> Option<String> {
    let groups: Vec<&str> = word.split([':', '-', '.']).collect();
    let length = match groups.len() {
        1 => 12,
        3 => 4,
        6 => 2,
        _ => return None,
    };
    let is_hexadecimal = |group: &&str| group.len() == length && group.bytes().all(|b| b.is_ascii_hexdigit());
    if !groups.iter().all(is_hexadecimal) {
        return None;
    }
    let digits = groups.concat().to_ascii_lowercase();
    // Twelve decimal digits in one piece are a telephone or an inventory number; zeros only stand for "unknown".
    let is_number = groups.len() == 1 && digits.bytes().all(|b| b.is_ascii_digit());
    let is_filler = digits.bytes().all(|b| b == b'0') || digits.bytes().all(|b| b == b'f');
    (!is_number && !is_filler).then_some(digits)
}

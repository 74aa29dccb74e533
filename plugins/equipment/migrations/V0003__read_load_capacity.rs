// Nameplates mix units and the German and English ways to write a number: `2,5 t`, `1.200 kg`, `max. 2.5 t`.
// Whether a point separates thousands depends on what stands around it, which SQL cannot say legibly.
//
// The text stays, and a number that was read from it is flagged: down empties the flagged ones and no other.
use stairwell::{StepError, Transaction};

async fn up(tx: &Transaction<'_>) -> Result<(), StepError> {
    let models = tx
        .query(
            "SELECT id, rated_load FROM equipment_models
             WHERE rated_load IS NOT NULL AND load_capacity_kg IS NULL
             ORDER BY id",
            &[],
        )
        .await?;

    let mut ids: Vec<i64> = Vec::new();
    let mut loads: Vec<i64> = Vec::new();
    for row in &models {
        if let Some(load) = grams(row.try_get(1)?) {
            ids.push(row.try_get(0)?);
            loads.push(load);
        }
    }

    tx.execute(
        "UPDATE equipment_models
         SET load_capacity_kg = nameplate.grams / 1000.0, load_capacity_is_read = true
         FROM unnest($1::bigint[], $2::bigint[]) AS nameplate (id, grams)
         WHERE equipment_models.id = nameplate.id",
        &[&ids, &loads],
    )
    .await?;
    Ok(())
}

async fn down(tx: &Transaction<'_>) -> Result<(), StepError> {
    tx.execute(
        "UPDATE equipment_models
         SET load_capacity_kg = NULL, load_capacity_is_read = false
         WHERE load_capacity_is_read",
        &[],
    )
    .await?;
    Ok(())
}

/// The first number of the text and the unit right behind it. Anything doubtful is left to a person.
fn grams(text: &str) -> Option<i64> {
    let text = &text[text.find(|c: char| c.is_ascii_digit())?..];
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim_start().split(|c: char| !c.is_alphabetic()).next()?;

    let (grams_per_unit, is_tonnes) = match unit.to_lowercase().as_str() {
        "kg" => (1_000, false),
        "t" | "to" | "tonnen" | "tonnes" => (1_000_000, true),
        _ => return None,
    };

    // Three digits behind the only separator are thousands before `kg`, but decimals before `t`:
    // no crane lifts 1.200 tonnes with a point for the thousands, and no scale shows grams.
    let (whole, fraction) = match number.rsplit_once(['.', ',']) {
        None => (number, ""),
        Some((_, group)) if group.len() == 3 && !is_tonnes => (number, ""),
        Some((whole, fraction)) if fraction.len() <= 3 => (whole, fraction),
        Some(_) => return None,
    };
    let whole: i64 = whole.replace(['.', ','], "").parse().ok()?;
    let thousandths: i64 = format!("{fraction:0<3}").parse().ok()?;

    let grams = whole.checked_mul(1_000)?.checked_add(thousandths)?.checked_mul(grams_per_unit)? / 1_000;
    // What the column can hold, and nothing that contradicts its check.
    (1..10_000_000_000).contains(&grams).then_some(grams)
}

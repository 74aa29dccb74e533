//! Migrations that wait for each other, although no chain as a whole requires another in a circle.

use super::{Findings, Rule, requirement_cycle};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::order::{Node, order};

pub(super) const RULE: Rule = Rule::error("no-migration-order", check);

fn check(draft: &Draft, findings: &mut Findings) {
    // A circle of manifests is the cause of any circle found here.
    if !requirement_cycle::cycles(draft).is_empty() {
        return;
    }
    let Err(mut circle) = order(draft) else { return };
    // Begin with a requirement, which can be shown, and not with a plain successor.
    let start = circle.iter().position(|wait| wait.requirement.is_some()).unwrap_or(0);
    circle.rotate_left(start);
    let name = |(plugin, migration): Node| {
        let plugin = &draft.plugins[plugin];
        format!("{}/{}", plugin.name, plugin.chain.migrations[migration].stem())
    };
    let mut path: Vec<String> = circle.iter().map(|wait| name(wait.from)).collect();
    path.extend(path.first().cloned());
    let mut labels = circle.iter().filter_map(|wait| {
        let requirement = wait.requirement?;
        Some((&requirement.plugin.span, format!("{} waits for {}", name(wait.from), name(wait.to))))
    });
    let Some((span, label)) = labels.next() else { return };
    let found = Diagnostic::new(span, "no order of the migrations satisfies all requirements").label(label);
    let found = labels.fold(found, |found, (span, label)| found.also(span, label));
    findings.push(
        found
            .note(format!("each waits for the next: {}", path.join(" -> ")))
            .help("drop one of these requirements, or move what needs it into a later migration"),
    );
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn two_migrations_that_wait_for_each_other() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0002__a.sql",
                "-- stairwell: requires usb 2\n-- stairwell: irreversible a test\nSELECT 1;\n",
            ),
            (
                "plugins/usb/plugin.toml",
                "[plugin]\nname = \"usb\"\n[requires]\nprinters = 1\n[owns]\ntables = [\"usb\"]\n",
            ),
            ("plugins/usb/migrations/V0001__a.sql", "-- stairwell: irreversible a test\nSELECT 1;\n"),
            (
                "plugins/usb/migrations/V0002__b.sql",
                "-- stairwell: requires printers 2\n-- stairwell: irreversible a test\nSELECT 1;\n",
            ),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 1 error

error[no-migration-order]: no order of the migrations satisfies all requirements
 --> plugins/printers/migrations/V0002__a.sql:1:24
  |
1 | -- stairwell: requires usb 2
  |                        ^^^ printers/V0002__a waits for usb/V0002__b
  |
 ::: plugins/usb/migrations/V0002__b.sql:1:24
  |
1 | -- stairwell: requires printers 2
  |                        -------- usb/V0002__b waits for printers/V0002__a
  |
  = note: each waits for the next: printers/V0002__a -> usb/V0002__b -> printers/V0002__a
  = help: drop one of these requirements, or move what needs it into a later migration

"#]]
        );
    }
}

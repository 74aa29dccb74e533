//! Migrations that wait for each other, although no chain as a whole requires another in a circle.

use super::{Findings, Rule, requirement_cycle};
use crate::circle::{circles, path};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::order::{Node, waits};

pub(super) const RULE: Rule = Rule::error("no-migration-order", check);

fn check(draft: &Draft, findings: &mut Findings) {
    // Among plugins in a circle, any circle of migrations is only its shadow.
    let in_circle: Vec<&str> =
        requirement_cycle::of_manifests(draft).into_iter().flatten().map(|(name, _, _)| name).collect();
    let name = |(plugin, migration): Node| {
        let plugin = &draft.plugins[plugin];
        format!("{}/{}", plugin.name, plugin.chain.migrations[migration].stem())
    };
    for mut circle in circles(&waits(draft)) {
        if circle.iter().any(|((plugin, _), _, _)| in_circle.contains(&draft.plugins[*plugin].name.as_str()))
        {
            continue;
        }
        // Begin with a requirement, which can be shown, and not with a plain successor.
        let start = circle.iter().position(|(_, _, requirement)| requirement.is_some()).unwrap_or(0);
        circle.rotate_left(start);
        let names: Vec<String> = circle.iter().map(|(from, _, _)| name(*from)).collect();
        let labels = circle.iter().filter_map(|(from, to, requirement)| {
            Some((&requirement.as_ref()?.plugin.span, format!("{} waits for {}", name(*from), name(*to))))
        });
        let mut labels = labels.take(requirement_cycle::MOST_LABELS);
        let Some((span, label)) = labels.next() else { continue };
        let found =
            Diagnostic::new(span, "no order of the migrations satisfies all requirements").label(label);
        let found = labels.fold(found, |found, (span, label)| found.also(span, label));
        findings.push(
            found
                .note(format!("each waits for the next: {}", path(&names)))
                .help("drop one of these requirements, or move what needs it into a later migration"),
        );
    }
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

    #[test]
    fn two_circles_are_two_findings() {
        let manifest = |name: &str| format!("[plugin]\nname = \"{name}\"\n[owns]\ntables = [\"{name}\"]\n");
        let up = |other: &str| {
            format!("-- stairwell: requires {other} 1\n-- stairwell: irreversible a test\nSELECT 1;\n")
        };
        let mut files = Vec::new();
        for (one, other) in [("a", "b"), ("b", "a"), ("x", "y"), ("y", "x")] {
            files.push((format!("plugins/{one}/plugin.toml"), manifest(one)));
            files.push((format!("plugins/{one}/migrations/V0001__a.sql"), up(other)));
        }
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        assert_eq!(report(&files).matches("error[no-migration-order]").count(), 2);
    }
}

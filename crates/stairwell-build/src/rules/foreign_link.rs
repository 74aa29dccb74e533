//! A symbolic link that leaves the package, points nowhere, or points to a folder.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::source::{Entry, Kind, LinkProblem};

pub(super) const RULE: Rule = Rule::error("foreign-link", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for entry in draft.leftover_entries() {
        let Entry { path, kind: Kind::Link { target, problem } } = entry else { continue };
        let (what, help) = match problem {
            LinkProblem::Broken => ("does not exist", "delete the link"),
            LinkProblem::LeavesTree => (
                "lies outside the package, so the build would depend on what happens to be there",
                "copy the file into the package",
            ),
            LinkProblem::Folder => ("is a folder, whose files would have two paths", "move the folder here"),
        };
        let message = format!("`{}` is a symbolic link to `{target}`, which {what}", entry.file_name());
        findings.push(Diagnostic::new(path, message).help(help));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use snapbox::{assert_data_eq, str};

    #[test]
    fn a_link_to_a_file_of_the_package_is_followed_and_no_other() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("V0002__x.sql"), "SELECT 1;\n").unwrap();
        let root = tempfile::tempdir().unwrap();
        let migrations = root.path().join("migrations");
        std::fs::create_dir_all(root.path().join("shared/folder")).unwrap();
        std::fs::create_dir(&migrations).unwrap();
        std::fs::write(root.path().join("shared/one.sql"), "-- stairwell: irreversible a test\nSELECT 1;\n")
            .unwrap();
        symlink("../shared/one.sql", migrations.join("V0001__one.sql")).unwrap();
        let sound = crate::check(crate::parse(crate::scan(root.path())));
        assert_eq!(sound.unwrap().order().collect::<Vec<_>>(), ["core/V0001__one"]);

        symlink(outside.path().join("V0002__x.sql"), migrations.join("V0002__x.sql")).unwrap();
        symlink("nowhere.sql", migrations.join("V0003__y.sql")).unwrap();
        symlink("../shared/folder", migrations.join("V0004__z.sql")).unwrap();
        let report = crate::check(crate::parse(crate::scan(root.path()))).unwrap_err().to_string();
        let report = report.replace(outside.path().to_str().unwrap(), "[OUTSIDE]");
        assert_data_eq!(
            report,
            str![[r#"
the migrations have 3 errors

error[foreign-link]: `V0002__x.sql` is a symbolic link to `[OUTSIDE]/V0002__x.sql`, which lies outside the package, so the build would depend on what happens to be there
--> migrations/V0002__x.sql
 = help: copy the file into the package

error[foreign-link]: `V0003__y.sql` is a symbolic link to `nowhere.sql`, which does not exist
--> migrations/V0003__y.sql
 = help: delete the link

error[foreign-link]: `V0004__z.sql` is a symbolic link to `../shared/folder`, which is a folder, whose files would have two paths
--> migrations/V0004__z.sql
 = help: move the folder here

"#]]
        );
    }
}

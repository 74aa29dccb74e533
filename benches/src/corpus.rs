//! Sets of small, plausible migrations of any size. Same size, same bytes.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

/// The chains: `core` first, then by name, as the compiler sorts them.
pub struct Corpus {
    pub plugins: Vec<Plugin>,
}

pub struct Plugin {
    pub name: String,
    /// Of the whole chain: plugin and version.
    pub requires: Vec<(String, i64)>,
    pub migrations: Vec<Migration>,
}

pub struct Migration {
    pub version: i64,
    pub name: String,
    pub requires: Vec<(String, i64)>,
    creates: Option<(&'static str, String)>,
    pub up: String,
    pub down: String,
}

/// Paths relative to the package, and contents.
pub type Files = Vec<(PathBuf, String)>;

/// A kind of migration. `{t}` stands for the plugin and its main table, `{v}` for the version, `{o}` for
/// another plugin and `{w}` for a version of it, `{neighbour}` for the column that refers to the plugin that a chain requires beside core.
struct Kind {
    name: &'static str,
    /// What the chain owns after it: the kind of object, as a manifest names it, and the object.
    creates: Option<(&'static str, &'static str)>,
    up: &'static str,
    down: &'static str,
}

/// Every name of the one list with every name of the other makes a hundred plugins.
const AREAS: [&str; 10] =
    ["asset", "billing", "customer", "device", "event", "fleet", "invoice", "network", "order", "stock"];
const PARTS: [&str; 10] =
    ["alerts", "audits", "contacts", "imports", "labels", "limits", "notes", "reports", "rules", "tags"];

impl Corpus {
    /// `migrations` in all, spread over `plugins` chains, `core` among them.
    pub fn new(migrations: usize, plugins: usize) -> Corpus {
        assert!((1..=100).contains(&plugins), "there are names for 1 to 100 plugins");
        assert!(migrations >= plugins, "each plugin needs a migration");
        let mut names: Vec<String> =
            AREAS.iter().flat_map(|area| PARTS.iter().map(move |part| format!("{area}_{part}"))).collect();
        names.truncate(plugins - 1);
        names.sort();
        names.insert(0, "core".to_owned());
        let size = |index| migrations / plugins + usize::from(index < migrations % plugins);
        let plugins = (0..plugins).map(|index| plugin(&names, index, size(index))).collect();
        Corpus { plugins }
    }

    /// The files as Stairwell wants them. refinery reads the same ones, and passes over the down steps.
    pub fn files(&self) -> Files {
        let mut files = Files::new();
        for plugin in &self.plugins {
            let folder = plugin.folder();
            for migration in &plugin.migrations {
                let stem = migration.stem();
                files.push((folder.join(format!("{stem}.sql")), migration.up.clone()));
                files.push((folder.join(format!("{stem}.down.sql")), migration.down.clone()));
            }
            files.push(plugin.manifest());
        }
        files
    }

    /// The same SQL in sqlx's file names.
    pub fn files_for_sqlx(&self) -> Files {
        let mut files = Files::new();
        for plugin in &self.plugins {
            for migration in &plugin.migrations {
                let stem = format!("{:04}_{}", migration.version, migration.name);
                files.push((plugin.folder().join(format!("{stem}.up.sql")), migration.up.clone()));
                files.push((plugin.folder().join(format!("{stem}.down.sql")), migration.down.clone()));
            }
        }
        files
    }

    /// Every migration with its plugin, in the order of Stairwell's plan: of those whose requirements are met, the
    /// one of the first plugin is next.
    pub fn ordered(&self) -> Vec<(&Plugin, &Migration)> {
        let mut done: HashMap<&str, i64> = HashMap::new();
        let mut order = Vec::new();
        let met = |done: &HashMap<&str, i64>, edges: &[(String, i64)]| {
            edges
                .iter()
                .all(|(plugin, version)| done.get(plugin.as_str()).is_some_and(|have| have >= version))
        };
        let next = |done: &HashMap<&str, i64>| {
            self.plugins.iter().find_map(|plugin| {
                let have = done.get(plugin.name.as_str()).copied().unwrap_or(0);
                let migration = plugin.migrations.iter().find(|migration| migration.version > have)?;
                (met(done, &plugin.requires) && met(done, &migration.requires)).then_some((plugin, migration))
            })
        };
        while let Some((plugin, migration)) = next(&done) {
            done.insert(&plugin.name, migration.version);
            order.push((plugin, migration));
        }
        assert_eq!(order.len(), self.plugins.iter().map(|plugin| plugin.migrations.len()).sum(), "no circle");
        order
    }
}

impl Plugin {
    /// Where its migrations lie.
    pub fn folder(&self) -> PathBuf {
        match self.name.as_str() {
            "core" => "migrations".into(),
            name => Path::new("plugins").join(name).join("migrations"),
        }
    }

    fn manifest(&self) -> (PathBuf, String) {
        let mut owns: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (kind, name) in self.migrations.iter().filter_map(|migration| migration.creates.as_ref()) {
            owns.entry(kind).or_default().push(name);
        }
        let owns: String = owns.iter().map(|(kind, names)| format!("{kind} = {names:#?}\n")).collect();
        let owns = format!("[owns]\n{owns}");
        if self.name == "core" {
            return ("stairwell.toml".into(), owns);
        }
        let Plugin { name, requires, .. } = self;
        let requires: String =
            requires.iter().map(|(name, version)| format!("{name} = {version}\n")).collect();
        let words = name.replace('_', " ");
        let about = format!("[plugin]\nname = \"{name}\"\ndescription = \"Everything about {words}\"\n");
        let path = Path::new("plugins").join(name).join("plugin.toml");
        (path, format!("{about}\n[requires]\n{requires}\n{owns}"))
    }
}

impl Migration {
    /// The file name without its extension.
    pub fn stem(&self) -> String {
        format!("V{:04}__{}", self.version, self.name)
    }
}

/// Writes each file below `root`, its folders too.
pub fn write(root: &Path, files: &Files) {
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("folders can be made");
        fs::write(path, text).expect("files can be written");
    }
}

fn plugin(names: &[String], index: usize, migrations: usize) -> Plugin {
    // All need core, and every third one the baseline of the plugin before it.
    let core = (index > 0).then(|| (names[0].clone(), 1));
    let neighbour = neighbour(names, index).map(|name| (name.to_owned(), 1));
    Plugin {
        name: names[index].clone(),
        requires: core.into_iter().chain(neighbour).collect(),
        migrations: (1..).take(migrations).map(|version| migration(names, index, version)).collect(),
    }
}

fn neighbour(names: &[String], index: usize) -> Option<&str> {
    (index > 1 && index.is_multiple_of(3)).then(|| names[index - 1].as_str())
}

fn migration(names: &[String], index: usize, version: usize) -> Migration {
    // A plugin further up the list, so that there is no circle. Core has none above it.
    let (other, other_version) = (&names[index / 2], version - 1);
    let kind = match version {
        1 => &BASELINE,
        _ => &KINDS[version % KINDS.len()],
    };
    let refers = kind.up.contains("{o}");
    let kind = if refers && index == 0 { &KINDS[0] } else { kind };
    let requires = refers.then(|| (other.clone(), as_version(other_version)));
    let neighbour = neighbour(names, index)
        .map(|name| format!("\n    neighbour bigint REFERENCES {name} (id),"))
        .unwrap_or_default();
    let fill = |text: &str| {
        text.replace("{neighbour}", &neighbour)
            .replace("{t}", &names[index])
            .replace("{v}", &version.to_string())
            .replace("{o}", other)
            .replace("{w}", &other_version.to_string())
    };
    Migration {
        version: as_version(version),
        name: kind.name.to_owned(),
        requires: requires.filter(|_| index > 0).into_iter().collect(),
        creates: kind.creates.map(|(kind, name)| (kind, fill(name))),
        up: fill(kind.up),
        down: fill(kind.down),
    }
}

fn as_version(number: usize) -> i64 {
    i64::try_from(number).expect("nobody has that many migrations")
}

const BASELINE: Kind = Kind {
    name: "baseline",
    creates: Some(("tables", "{t}")),
    up: "\
-- The main table of this plugin; the rest of the chain builds on it.
CREATE TABLE {t} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent bigint REFERENCES core (id),{neighbour}
    name text NOT NULL UNIQUE,
    amount integer NOT NULL DEFAULT 0 CHECK (amount >= 0),
    created_at timestamptz NOT NULL DEFAULT now()
);
",
    down: "DROP TABLE {t};\n",
};

/// What chains consist of, in turn.
const KINDS: [Kind; 9] = [
    Kind {
        name: "add_remark",
        creates: None,
        up: "\
ALTER TABLE {t}
    ADD COLUMN remark_{v} text NOT NULL DEFAULT '',
    ADD CONSTRAINT remark_{v}_is_short CHECK (length(remark_{v}) <= 2000);
COMMENT ON COLUMN {t}.remark_{v} IS 'Shown below the name';
",
        down: "ALTER TABLE {t} DROP COLUMN remark_{v};\n",
    },
    Kind {
        name: "create_details",
        creates: Some(("tables", "{t}_details_{v}")),
        up: "\
CREATE TABLE {t}_details_{v} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner bigint NOT NULL REFERENCES {t} (id) ON DELETE CASCADE,
    key text NOT NULL,
    value text,
    UNIQUE (owner, key)
);
",
        down: "DROP TABLE {t}_details_{v};\n",
    },
    Kind {
        name: "index_recent",
        creates: None,
        up: "\
-- Lists show the newest first.
CREATE INDEX {t}_recent_{v} ON {t} (created_at DESC, name) WHERE amount > {v};
",
        down: "DROP INDEX {t}_recent_{v};\n",
    },
    Kind {
        name: "insert_standard",
        creates: None,
        up: "\
INSERT INTO {t} (name, amount)
VALUES ('standard {v}', {v}), ('the customer''s; {v}', 0);
",
        down: "DELETE FROM {t} WHERE name IN ('standard {v}', 'the customer''s; {v}');\n",
    },
    Kind {
        name: "count_changes",
        creates: Some(("functions", "{t}_count_{v}")),
        up: "\
ALTER TABLE {t} ADD COLUMN changes_{v} integer NOT NULL DEFAULT 0;

CREATE FUNCTION {t}_count_{v}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changes_{v} := OLD.changes_{v} + 1;
    RETURN NEW;
END;
$$;

CREATE TRIGGER {t}_count_{v} BEFORE UPDATE ON {t}
    FOR EACH ROW EXECUTE FUNCTION {t}_count_{v}();
",
        down: "\
DROP TRIGGER {t}_count_{v} ON {t};
DROP FUNCTION {t}_count_{v}();
ALTER TABLE {t} DROP COLUMN changes_{v};
",
    },
    Kind {
        name: "create_overview",
        creates: Some(("views", "{t}_overview_{v}")),
        up: "\
CREATE VIEW {t}_overview_{v} AS
SELECT id, name, amount, created_at::date AS day
FROM {t}
WHERE amount BETWEEN 1 AND {v}00;
",
        down: "DROP VIEW {t}_overview_{v};\n",
    },
    Kind {
        name: "refer_to_other",
        creates: None,
        up: "\
-- stairwell: requires {o} {w}
ALTER TABLE {t} ADD COLUMN {o}_{v} bigint REFERENCES {o} (id);
",
        down: "ALTER TABLE {t} DROP COLUMN {o}_{v};\n",
    },
    Kind {
        name: "add_state",
        creates: Some(("types", "{t}_state_{v}")),
        up: "\
CREATE TYPE {t}_state_{v} AS ENUM ('new', 'active', 'retired');
ALTER TABLE {t} ADD COLUMN state_{v} {t}_state_{v} NOT NULL DEFAULT 'new';
UPDATE {t} SET state_{v} = 'active' WHERE amount > 0;
",
        down: "\
ALTER TABLE {t} DROP COLUMN state_{v};
DROP TYPE {t}_state_{v};
",
    },
    Kind {
        name: "raise_amount",
        creates: None,
        up: "\
-- Rows from before version {v} counted too little.
UPDATE {t} SET amount = amount + 1 WHERE name LIKE 'standard%';
",
        down: "\
UPDATE {t} SET amount = amount - 1 WHERE name LIKE 'standard%';
",
    },
];

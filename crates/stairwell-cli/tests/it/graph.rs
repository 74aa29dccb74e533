//! `migrate graph`, which needs no database.

use snapbox::str;

use crate::support::migrate;

#[test]
fn chains_and_requirements_are_drawn_without_a_database() {
    migrate(&["graph"]).run().code(0).stderr_eq(str![]).stdout_eq(str![[r#"
core  The shop itself
  V0001__sites
printers  Printers; requires core@1
  V0001__baseline
  V0002__toner
  V0003__fill_toner
usb  USB ports
  V0001__baseline

"#]]);
    migrate(&["graph", "--format", "mermaid"]).run().code(0).stdout_eq(str![[r#"
flowchart TD
  subgraph p0["core"]
    m0["V0001__sites"]
  end
  subgraph p1["printers"]
    m1["V0001__baseline"]
    m2["V0002__toner"]
    m3["V0003__fill_toner"]
  end
  subgraph p2["usb"]
    m4["V0001__baseline"]
  end
  m1 --> m2
  m2 --> m3
  m0 -.-> m1

"#]]);
    migrate(&["graph", "--format", "dot", "--plugins", "printers"]).run().code(0).stdout_eq(str![[r#"
digraph migrations {
  node [shape=box];
  subgraph cluster_0 {
    label="core";
    m0 [label="V0001__sites"];
  }
  subgraph cluster_1 {
    label="printers";
    m1 [label="V0001__baseline"];
    m2 [label="V0002__toner"];
    m3 [label="V0003__fill_toner"];
  }
  m1 -> m2;
  m2 -> m3;
  m0 -> m1 [style=dashed];
}

"#]]);
    migrate(&["graph", "--json", "--plugins", "usb"]).run().code(0).stdout_eq(str![[r#"
{
  "version": 1,
  "command": "graph",
  "plugins": [
    {
      "plugin": "core",
      "description": "The shop itself",
      "requires": [],
      "migrations": [
        {
          "version": 1,
          "name": "sites",
          "file": "migrations/V0001__sites.sql",
          "requires": []
        }
      ]
    },
    {
      "plugin": "usb",
      "description": "USB ports",
      "requires": [],
      "migrations": [
        {
          "version": 1,
          "name": "baseline",
          "file": "plugins/usb/migrations/V0001__baseline.sql",
          "requires": []
        }
      ]
    }
  ]
}

"#]]);
    migrate(&["graph", "--json", "--format", "dot"]).run().code(2).stderr_eq(str![[r#"
error: `--json` and `--format` contradict each other; give one of them

"#]]);
    migrate(&["graph", "--format", "svg"]).run().code(2);
}

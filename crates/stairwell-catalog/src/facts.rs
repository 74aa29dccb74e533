//! An object as a list of facts, which is what its text shows and what two of them are compared by.
//!
//! What is usual is left out: a fact that is missing says "as PostgreSQL has it without a word".

use std::fmt;

use crate::object::{
    Action, ArgumentMode, Column, Constraint, ConstraintRule, Domain, Enabled, Entry, EventTrigger,
    Expression, ForeignKey, Function, FunctionKind, Generated, Index, IndexKey, Known, Language, Object,
    Plain, Policy, ReplicaIdentity, Rule, Sequence, Table, TableKind, Trigger, View,
};

/// One fact about an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Which: `type`, `default`, `columns` …
    pub name: &'static str,
    /// What.
    pub value: Value,
}

/// The value of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Names, kinds, types, flags: compared exactly.
    Exact(String),
    /// The text of an expression: a difference in it is no proof of a difference.
    Text(String),
    /// Not known; equal to anything.
    Opaque,
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(value) => f.write_str(value),
            Self::Text(text) => f.write_str(&one_line(text)),
            Self::Opaque => f.write_str("?"),
        }
    }
}

/// The text with every run of white space made one space.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The facts of an entry, in a fixed order.
#[must_use]
pub fn facts(entry: &Entry) -> Vec<Fact> {
    let mut facts = Facts(Vec::new());
    facts.object(&entry.object);
    if let Some(owner) = &entry.owner {
        facts.exact("owner", owner);
    }
    if let Some(comment) = &entry.comment {
        facts.exact("comment", comment);
    }
    facts.grants(entry);
    // Several grants are several facts of one name; a comparison needs them as one.
    facts.merge("grant");
    facts.0
}

struct Facts(Vec<Fact>);

impl Facts {
    /// The grants, without what everybody may do with a new object of the kind; that this was revoked is a
    /// fact.
    fn grants(&mut self, entry: &Entry) {
        let usual = entry.object.public_privilege();
        let is_usual = |role: &str, privilege: &str, grant_option: bool| {
            role == "PUBLIC" && Some(privilege) == usual && !grant_option
        };
        if let Some(usual) = usual
            && !entry.grants.get("PUBLIC").is_some_and(|privileges| privileges.contains_key(usual))
        {
            self.exact("revoked", format!("PUBLIC: {usual}"));
        }
        for (role, privileges) in &entry.grants {
            let privileges: Vec<String> = privileges
                .iter()
                .filter(|(privilege, grant_option)| !is_usual(role, privilege, **grant_option))
                .map(
                    |(privilege, grant_option)| {
                        if *grant_option { format!("{privilege}*") } else { privilege.clone() }
                    },
                )
                .collect();
            if !privileges.is_empty() {
                self.exact("grant", format!("{role}: {}", privileges.join(", ")));
            }
        }
    }

    fn exact(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push(Fact { name, value: Value::Exact(value.into()) });
    }

    fn flag(&mut self, name: &'static str, set: bool) {
        if set {
            self.exact(name, "yes");
        }
    }

    fn text(&mut self, name: &'static str, expression: Option<&Expression>) {
        if let Some(Expression(text)) = expression {
            self.0.push(Fact { name, value: Value::Text(one_line(text)) });
        }
    }

    fn list<T: ToString>(&mut self, name: &'static str, items: impl IntoIterator<Item = T>) {
        let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
        if !items.is_empty() {
            self.exact(name, items.join(", "));
        }
    }

    fn ty(&mut self, name: &'static str, ty: &crate::SqlType) {
        let value = if ty.is_opaque() { Value::Opaque } else { Value::Exact(ty.to_string()) };
        self.0.push(Fact { name, value });
    }

    fn options(&mut self, name: &'static str, options: &std::collections::BTreeMap<String, String>) {
        self.list(name, options.iter().map(|(name, value)| format!("{name}={value}")));
    }

    fn merge(&mut self, name: &'static str) {
        let values: Vec<String> =
            self.0.iter().filter(|fact| fact.name == name).map(|fact| fact.value.to_string()).collect();
        if values.len() > 1 {
            self.0.retain(|fact| fact.name != name);
            self.exact(name, values.join("; "));
        }
    }

    fn object(&mut self, object: &Object) {
        match object {
            Object::Schema(_) => {}
            Object::Extension(extension) => match &extension.schema {
                Known::Known(schema) => self.exact("schema", schema),
                Known::Opaque => self.0.push(Fact { name: "schema", value: Value::Opaque }),
            },
            Object::Enum(it) => {
                self.exact("is", "enum");
                self.list("values", it.values.iter().map(|value| literal(value)));
            }
            Object::Domain(it) => self.domain(it),
            Object::Composite(it) => {
                self.exact("is", "composite");
                let opaque = it.attributes.iter().any(|attribute| attribute.ty.is_opaque());
                if opaque {
                    self.0.push(Fact { name: "attributes", value: Value::Opaque });
                } else {
                    self.list(
                        "attributes",
                        it.attributes.iter().map(|attribute| {
                            let collation = attribute.collation.as_ref();
                            let collate =
                                collation.map_or_else(String::new, |name| format!(" collate {name}"));
                            format!("{} {}{collate}", attribute.name, attribute.ty)
                        }),
                    );
                }
            }
            Object::Range(it) => {
                self.exact("is", "range");
                self.ty("subtype", &it.subtype);
                self.exact("multirange", &it.multirange);
            }
            Object::Sequence(it) => self.sequence(it),
            Object::Table(it) => self.table(it),
            Object::View(it) => self.view(it),
            Object::Column(it) => self.column(it),
            Object::Constraint(it) => self.constraint(it),
            Object::Index(it) => self.index(it),
            Object::Function(it) => self.function(it),
            Object::Trigger(it) => self.trigger(it),
            Object::Rule(it) => self.rule(it),
            Object::Policy(it) => self.policy(it),
            Object::EventTrigger(it) => self.event_trigger(it),
            Object::Language(it) => self.language(it),
            Object::Plain(Plain { facts }) => self.0.extend(facts.iter().map(|fact| match &fact.value {
                Value::Text(text) => Fact { name: fact.name, value: Value::Text(one_line(text)) },
                Value::Exact(_) | Value::Opaque => fact.clone(),
            })),
        }
    }

    fn domain(&mut self, it: &Domain) {
        self.exact("is", "domain");
        self.ty("type", &it.base);
        self.flag("not null", it.not_null);
        self.text("default", it.default.as_ref());
        self.list("collation", &it.collation);
    }

    fn sequence(&mut self, it: &Sequence) {
        self.ty("type", &it.ty);
        self.exact("start", it.start.to_string());
        self.exact("increment", it.increment.to_string());
        self.exact("range", format!("{}..{}", it.min, it.max));
        if it.cache != 1 {
            self.exact("cache", it.cache.to_string());
        }
        self.flag("cycle", it.cycle);
        if let Some((table, column)) = &it.owned_by {
            self.exact("owned by", format!("{table}.{column}"));
        }
        self.flag("identity", it.identity);
        self.flag("unlogged", it.unlogged);
    }

    fn table(&mut self, it: &Table) {
        match &it.kind {
            TableKind::Ordinary => {}
            TableKind::Partitioned { strategy, key } => {
                let key: Vec<&str> = key.iter().map(|column| column.as_deref().unwrap_or("(…)")).collect();
                self.exact("partitioned by", format!("{strategy} ({})", key.join(", ")));
            }
            TableKind::Foreign { server, options } => {
                self.exact("server", server);
                self.options("foreign options", options);
            }
        }
        self.flag("unlogged", it.unlogged);
        let relation = if it.bound.is_some() { "partition of" } else { "inherits" };
        self.list(relation, &it.parents);
        self.text("bound", it.bound.as_ref());
        self.list("of type", it.of_type);
        self.flag("row security", it.row_security);
        self.flag("force row security", it.force_row_security);
        match &it.replica_identity {
            ReplicaIdentity::Default => {}
            ReplicaIdentity::Full => self.exact("replica identity", "full"),
            ReplicaIdentity::Nothing => self.exact("replica identity", "nothing"),
            ReplicaIdentity::Index(index) => self.exact("replica identity", format!("index {index}")),
        }
        self.options("options", &it.options);
    }

    fn view(&mut self, it: &View) {
        self.text("query", Some(&it.query));
        self.flag("not populated", !it.populated);
        self.options("options", &it.options);
    }

    fn column(&mut self, it: &Column) {
        self.exact("position", it.position.to_string());
        self.ty("type", &it.ty);
        self.flag("not null", it.not_null);
        match it.generated {
            Generated::No => {}
            Generated::IdentityAlways => self.exact("identity", "always"),
            Generated::IdentityByDefault => self.exact("identity", "by default"),
            Generated::Stored => self.exact("generated", "stored"),
            Generated::Virtual => self.exact("generated", "virtual"),
        }
        self.text("default", it.default.as_ref());
        self.list("collation", &it.collation);
        self.list("storage", &it.settings.storage);
        self.list("compression", &it.settings.compression);
        self.list("statistics", it.settings.statistics);
        self.options("options", &it.settings.options);
        self.options("foreign options", &it.settings.foreign_options);
    }

    fn constraint(&mut self, it: &Constraint) {
        match &it.rule {
            ConstraintRule::Check { condition, .. } => {
                self.exact("is", "check");
                self.text("condition", Some(condition));
            }
            ConstraintRule::PrimaryKey { columns, include } => {
                self.exact("is", "primary key");
                self.list("columns", columns);
                self.list("include", include);
            }
            ConstraintRule::Unique { columns, include, nulls_not_distinct } => {
                self.exact("is", "unique");
                self.list("columns", columns);
                self.list("include", include);
                self.flag("nulls not distinct", *nulls_not_distinct);
            }
            ConstraintRule::ForeignKey(key) => self.foreign_key(key),
            ConstraintRule::Exclude { columns } => {
                self.exact("is", "exclude");
                self.list("columns", columns.iter().map(|column| column.as_deref().unwrap_or("(…)")));
            }
        }
        self.flag("deferrable", it.deferrable);
        self.flag("initially deferred", it.deferred);
        self.flag("not valid", !it.validated);
        self.flag("no inherit", it.no_inherit);
        self.flag("not enforced", !it.enforced);
        self.flag("period", it.period);
    }

    fn foreign_key(&mut self, it: &ForeignKey) {
        self.exact("is", "foreign key");
        self.list("columns", &it.columns);
        self.exact("references", format!("{} ({})", it.references, it.referenced_columns.join(", ")));
        for (name, action) in [("on update", it.on_update), ("on delete", it.on_delete)] {
            match action {
                Action::NoAction => {}
                Action::Restrict => self.exact(name, "restrict"),
                Action::Cascade => self.exact(name, "cascade"),
                Action::SetNull => self.exact(name, "set null"),
                Action::SetDefault => self.exact(name, "set default"),
            }
        }
        self.list("sets", &it.set_columns);
        self.flag("match full", it.match_full);
    }

    fn index(&mut self, it: &Index) {
        self.exact("on", it.table.to_string());
        self.exact("method", &it.method);
        self.flag("unique", it.unique);
        self.flag("nulls not distinct", it.nulls_not_distinct);
        self.list("keys", it.keys.iter().map(index_key));
        let expressions: Vec<&str> =
            it.keys.iter().filter_map(|key| key.expression.as_ref()).map(|text| text.0.as_str()).collect();
        if !expressions.is_empty() {
            self.text("expressions", Some(&Expression(expressions.join(", "))));
        }
        self.list("statistics", it.keys.iter().enumerate().filter_map(statistics));
        self.list("include", &it.include);
        self.text("predicate", it.predicate.as_ref());
        self.flag("invalid", !it.valid);
        self.flag("constraint", it.constraint);
        self.flag("clustered", it.clustered);
        self.list("part of", it.parent);
        self.options("options", &it.options);
    }

    fn function(&mut self, it: &Function) {
        match it.kind {
            FunctionKind::Function => {}
            FunctionKind::Procedure => self.exact("is", "procedure"),
            FunctionKind::Aggregate => self.exact("is", "aggregate"),
            FunctionKind::Window => self.exact("is", "window"),
        }
        if it.arguments.iter().any(|argument| argument.ty.is_opaque()) {
            self.0.push(Fact { name: "arguments", value: Value::Opaque });
        } else {
            self.list(
                "arguments",
                it.arguments.iter().map(|argument| {
                    let mode = match argument.mode {
                        ArgumentMode::In => "",
                        ArgumentMode::Out => "out ",
                        ArgumentMode::InOut => "inout ",
                        ArgumentMode::Variadic => "variadic ",
                        ArgumentMode::Table => "table ",
                    };
                    let space = if argument.name.is_empty() { "" } else { " " };
                    let default = if argument.default { " default" } else { "" };
                    format!("{mode}{}{space}{}{default}", argument.name, argument.ty)
                }),
            );
        }
        if let Some(returns) = &it.returns {
            self.ty("returns", returns);
        }
        self.flag("returns set", it.returns_set);
        self.exact("language", &it.language);
        if it.volatility != "volatile" {
            self.exact("volatility", &it.volatility);
        }
        self.flag("strict", it.strict);
        self.flag("security definer", it.security_definer);
        self.flag("leakproof", it.leakproof);
        if it.parallel != "unsafe" {
            self.exact("parallel", &it.parallel);
        }
        self.list("settings", it.settings.iter().map(|(name, value)| format!("{name}={value}")));
        self.text("body", it.body.as_ref());
    }

    fn trigger(&mut self, it: &Trigger) {
        let each = if it.for_each_row { "row" } else { "statement" };
        let events: Vec<&str> = it.events.iter().map(String::as_str).collect();
        self.exact("when", format!("{} {} for each {each}", it.timing, events.join(" or ")));
        self.list("columns", &it.columns);
        self.text("condition", it.condition.as_ref());
        self.exact("calls", format!("{}.{}", it.function.schema, it.function.name));
        self.list("arguments", it.arguments.iter().map(|argument| literal(argument)));
        self.enabled(it.enabled);
        if let Some((deferrable, deferred)) = it.constraint {
            self.exact("is", "constraint trigger");
            self.flag("deferrable", deferrable);
            self.flag("initially deferred", deferred);
        }
        self.list("old table", &it.old_table);
        self.list("new table", &it.new_table);
        self.flag("inherited", it.inherited);
    }

    fn rule(&mut self, it: &Rule) {
        self.exact("on", &it.event);
        self.flag("instead", it.instead);
        self.enabled(it.enabled);
        self.text("definition", Some(&it.definition));
    }

    fn policy(&mut self, it: &Policy) {
        self.exact("for", &it.command);
        self.flag("restrictive", !it.permissive);
        self.list("to", &it.roles);
        self.text("using", it.using.as_ref());
        self.text("with check", it.check.as_ref());
    }

    fn event_trigger(&mut self, it: &EventTrigger) {
        self.exact("on", &it.event);
        self.list("tags", &it.tags);
        self.exact("calls", format!("{}.{}", it.function.schema, it.function.name));
        self.enabled(it.enabled);
    }

    fn language(&mut self, it: &Language) {
        self.flag("trusted", it.trusted);
        for (name, function) in
            [("handler", &it.handler), ("inline", &it.inline), ("validator", &it.validator)]
        {
            self.list(
                name,
                function.as_ref().map(|function| format!("{}.{}", function.schema, function.name)),
            );
        }
    }

    fn enabled(&mut self, enabled: Enabled) {
        match enabled {
            Enabled::Origin => {}
            Enabled::Disabled => self.exact("enabled", "no"),
            Enabled::Replica => self.exact("enabled", "on replicas"),
            Enabled::Always => self.exact("enabled", "always"),
        }
    }
}

/// The text in quotes, so that it can be told from its neighbours in a list.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn index_key(key: &IndexKey) -> String {
    let mut text = key.column.clone().unwrap_or_else(|| "(…)".to_owned());
    if let Some(collation) = &key.collation {
        text.push_str(" collate ");
        text.push_str(collation);
    }
    if let Some(class) = &key.operator_class {
        text.push(' ');
        text.push_str(class);
    }
    if !key.operator_class_options.is_empty() {
        let options: Vec<String> =
            key.operator_class_options.iter().map(|(name, value)| format!("{name}={value}")).collect();
        text.push_str(&format!(" ({})", options.join(", ")));
    }
    // What is usual depends on the direction.
    match (key.descending, key.nulls_first) {
        (false, false) => {}
        (false, true) => text.push_str(" nulls first"),
        (true, true) => text.push_str(" desc"),
        (true, false) => text.push_str(" desc nulls last"),
    }
    text
}

/// `2: 500` for the statistics target of the second key.
fn statistics((index, key): (usize, &IndexKey)) -> Option<String> {
    key.statistics.map(|target| format!("{}: {target}", index + 1))
}

//! Publications and what they publish.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, ObjectId, Plain, QualifiedName, Verb, quote_identifier};

use super::{
    Fold,
    lookup::Wanted,
    plain::{is_opaque, items, option_text, set_fact, set_items},
    resolve::{Found, identifier, parts, text},
};

/// What a publication can publish of a table, in the order in which it is told.
const OPERATIONS: [&str; 4] = ["insert", "update", "delete", "truncate"];

/// What is published, as it is written.
#[derive(Default)]
struct Published {
    /// Each with its columns, if only some are published.
    tables: Vec<(QualifiedName, Option<Vec<String>>)>,
    rows: Vec<String>,
    schemas: Vec<String>,
    /// Whether one of the tables is not known.
    unknown: bool,
}

/// A table with its columns, as a fact lists it.
fn item(table: &str, columns: Option<&[String]>) -> String {
    match columns {
        Some(columns) => format!("{table} ({})", columns.join(", ")),
        None => table.to_owned(),
    }
}

/// The table and the columns of an item.
fn split(item: &str) -> (&str, Option<Vec<String>>) {
    match item.strip_suffix(')').and_then(|it| it.rsplit_once(" (")) {
        Some((table, columns)) => (table, Some(columns.split(", ").map(str::to_owned).collect())),
        None => (item, None),
    }
}

fn set_sorted(plain: &mut Plain, name: &'static str, mut list: Vec<String>) {
    list.sort();
    list.dedup();
    set_items(plain, name, &list);
}

fn set_options(plain: &mut Plain, list: Option<ast::AttributeList>) {
    for option in list.iter().flat_map(ast::AttributeList::attribute_options) {
        let Some(name) = option.name().map(|name| identifier(name.syntax())) else { continue };
        let value = option.attribute_value().map_or_else(|| "true".to_owned(), |value| option_text(&value));
        let is_on = matches!(value.to_ascii_lowercase().as_str(), "true" | "on" | "1" | "yes");
        let flag = |set: bool| if set { "yes".to_owned() } else { String::new() };
        match name.as_str() {
            "publish" => {
                let value = value.to_ascii_lowercase();
                let given: Vec<&str> = value.split(',').map(str::trim).collect();
                let published: Vec<&str> = OPERATIONS.into_iter().filter(|it| given.contains(it)).collect();
                if published.len() == OPERATIONS.len() {
                    set_fact(plain, "publish", String::new(), false);
                } else {
                    // None at all is a fact as well.
                    *plain = std::mem::take(plain).with("publish", published.join(", "));
                }
            }
            "publish_via_partition_root" => set_fact(plain, "via root", flag(is_on), false),
            "publish_generated_columns" => {
                set_fact(plain, "generated columns", flag(value.eq_ignore_ascii_case("stored")), false);
            }
            _ => {}
        }
    }
}

impl Fold {
    pub(crate) fn create_publication(&mut self, it: &ast::CreatePublication) {
        let Some(name) = it.publication() else { return };
        let id = ObjectId::global(Kind::Publication, identifier(name.syntax()));
        let mut publication = Plain::new();
        match it.publication_for_clause() {
            Some(ast::PublicationForClause::ForAllPublicationObjects(all)) => {
                let tables = all
                    .all_publication_objects()
                    .any(|it| matches!(it, ast::AllPublicationObject::AllPublicationTables(_)));
                publication = publication.with_flag("all tables", tables);
                self.published(all.syntax());
            }
            Some(ast::PublicationForClause::ForPublicationObjects(some)) => {
                self.published(some.syntax());
                let published = self.publication_objects(some.publication_objects());
                add(&mut publication, published);
            }
            None => {}
        }
        set_options(&mut publication, it.with_params().and_then(|with| with.attribute_list()));
        if self.is_free(&id, name.syntax()) {
            self.create(&id, publication, name.syntax());
        }
    }

    pub(crate) fn alter_publication(&mut self, it: &ast::AlterPublication) {
        let Some(name) = it.publication_ref() else { return };
        let node = name.syntax();
        let Some(id) = self.named(Wanted::Publication, node) else { return };
        self.effect(Verb::Alter, &id, node);
        match it.action() {
            Some(ast::AlterPublicationAction::PublicationRenameTo(rename)) => {
                if let Some(name) = rename.publication() {
                    let to = ObjectId::global(Kind::Publication, identifier(name.syntax()));
                    if self.is_free(&to, name.syntax()) {
                        self.rename(&id, &to, name.syntax());
                    }
                }
            }
            Some(ast::AlterPublicationAction::OwnerTo(owner)) => self.change_owner(&id, &owner),
            Some(ast::AlterPublicationAction::SetOptions(set)) => {
                self.change_plain(&id, |it| set_options(it, set.attribute_list()));
            }
            Some(ast::AlterPublicationAction::AddPublicationObjects(it)) => {
                self.published(it.syntax());
                let published = self.publication_objects(it.publication_objects());
                self.change_plain(&id, |plain| add(plain, published));
            }
            Some(ast::AlterPublicationAction::SetPublicationObjects(it)) => {
                self.published(it.syntax());
                let published = self.publication_objects(it.publication_objects());
                self.change_plain(&id, |plain| {
                    for fact in ["tables", "rows", "schemas"] {
                        set_fact(plain, fact, String::new(), false);
                    }
                    add(plain, published);
                });
            }
            Some(ast::AlterPublicationAction::DropPublicationObjects(it)) => {
                self.published(it.syntax());
                let published = self.publication_objects(it.publication_objects());
                self.change_plain(&id, |plain| take(plain, &published));
            }
            Some(action @ ast::AlterPublicationAction::SetAllPublicationObjectList(_)) => {
                self.published(action.syntax());
                self.change_plain(&id, |plain| {
                    *plain = std::mem::take(plain).with_opaque("all tables").with_opaque("tables");
                });
            }
            None => {}
        }
    }

    fn publication_objects(&self, objects: impl Iterator<Item = ast::PublicationObject>) -> Published {
        let mut published = Published::default();
        for object in objects {
            match object {
                ast::PublicationObject::PublicationObjectTable(it) => {
                    let Some(name) = it.table_name_ref() else { continue };
                    let columns = it.column_ref_list().map(|list| {
                        let mut columns: Vec<String> = list
                            .column_name_refs()
                            .map(|it| quote_identifier(&identifier(it.syntax())).into_owned())
                            .collect();
                        columns.sort();
                        columns
                    });
                    let Found::Object(id) = self.find_relation(&parts(name.syntax())) else {
                        published.unknown = true;
                        continue;
                    };
                    let table = id.owner();
                    let mut tables = vec![table];
                    // Whatever inherits is published along; partitions are what the whole is made of.
                    let only = it.syntax().text().to_string().to_ascii_lowercase();
                    let only = only.split_whitespace().any(|word| word == "only");
                    if !only && !self.is_partitioned(&table) {
                        tables.extend(self.descendants(&table));
                    }
                    for table in tables {
                        if let Some(condition) = it.where_condition_clause() {
                            published.rows.push(format!("{table} {}", text(&condition)));
                        }
                        published.tables.push((table, columns.clone()));
                    }
                }
                ast::PublicationObject::PublicationObjectTablesInSchema(it) => {
                    let schema = it.schema_ref().map(|schema| identifier(schema.syntax()));
                    published.schemas.extend(schema.map(|it| quote_identifier(&it).into_owned()));
                }
                ast::PublicationObject::PublicationObjectCurrentSchema(_) => {
                    published.schemas.push(quote_identifier(&self.creation_schema()).into_owned());
                }
            }
        }
        published
    }

    /// References to the tables and schemas that are published.
    fn published(&mut self, node: &SyntaxNode) {
        for node in node.descendants() {
            if let Some(table) = ast::TableNameRef::cast(node.clone()) {
                self.relation(table.syntax(), Verb::Reference);
            } else if let Some(schema) = ast::SchemaRef::cast(node)
                && let Some(id) = self.named(Wanted::Schema, schema.syntax())
            {
                self.effect(Verb::Reference, &id, schema.syntax());
            }
        }
    }

    /// The publications; what lives in no schema comes first in a catalog.
    fn publications(&self) -> Vec<ObjectId> {
        let global = self.state.catalog().iter().map(|(id, _)| id).take_while(|id| id.schema.is_empty());
        global.filter(|id| id.kind == Kind::Publication).cloned().collect()
    }

    /// Takes what is dropped out of the publications: a table, a schema, or the table of a column that is listed.
    pub(crate) fn unpublish(&mut self, dropped: &ObjectId) {
        if !matches!(dropped.kind, Kind::Table | Kind::Column | Kind::Schema) {
            return;
        }
        let table = dropped.owner().to_string();
        let column = quote_identifier(&dropped.part).into_owned();
        let schema = quote_identifier(&dropped.name).into_owned();
        for id in self.publications() {
            self.change_plain(&id, |plain| {
                if dropped.kind == Kind::Schema {
                    let schemas = items(plain, "schemas").into_iter().filter(|it| *it != schema).collect();
                    set_sorted(plain, "schemas", schemas);
                    return;
                }
                let gone = |item: &str| {
                    let (name, columns) = split(item);
                    let listed = columns.is_some_and(|columns| columns.contains(&column));
                    name == table && (dropped.kind == Kind::Table || listed)
                };
                if items(plain, "tables").iter().any(|item| gone(item)) {
                    forget(plain, &table);
                }
            });
        }
    }

    /// Corrects the names in publications.
    pub(crate) fn republish(&mut self, old: &ObjectId, new: &ObjectId) {
        if !matches!(old.kind, Kind::Table | Kind::Column | Kind::Schema) {
            return;
        }
        let (from, to) = (old.owner().to_string(), new.owner().to_string());
        for id in self.publications() {
            self.change_plain(&id, |plain| match old.kind {
                Kind::Schema => {
                    let (from, to) = (quote_identifier(&old.name), quote_identifier(&new.name));
                    let schemas = items(plain, "schemas").into_iter();
                    let schemas = schemas.map(|it| if it == from { to.to_string() } else { it }).collect();
                    if !is_opaque(plain, "schemas") {
                        set_sorted(plain, "schemas", schemas);
                    }
                }
                kind => {
                    if is_opaque(plain, "tables") {
                        return;
                    }
                    let tables = items(plain, "tables").into_iter().map(|it| {
                        let (table, columns) = split(&it);
                        if table != from {
                            return it.clone();
                        }
                        let columns = columns.map(|mut columns| {
                            if kind == Kind::Column {
                                let (from, to) = (quote_identifier(&old.part), quote_identifier(&new.part));
                                columns
                                    .iter_mut()
                                    .filter(|it| **it == *from)
                                    .for_each(|it| *it = to.to_string());
                                columns.sort();
                            }
                            columns
                        });
                        item(&to, columns.as_deref())
                    });
                    let tables = tables.collect();
                    set_sorted(plain, "tables", tables);
                    let begin = format!("{from} where ");
                    let rows = items(plain, "rows").into_iter().map(|it| match it.strip_prefix(&begin) {
                        Some(condition) => format!("{to} where {condition}"),
                        None => it,
                    });
                    let rows = rows.collect();
                    set_sorted(plain, "rows", rows);
                }
            });
        }
    }
}

fn add(plain: &mut Plain, published: Published) {
    if published.unknown || is_opaque(plain, "tables") {
        *plain = std::mem::take(plain).with_opaque("tables").with_opaque("rows");
    } else {
        let mut tables = items(plain, "tables");
        tables.extend(
            published.tables.iter().map(|(table, columns)| item(&table.to_string(), columns.as_deref())),
        );
        set_sorted(plain, "tables", tables);
        let mut rows = items(plain, "rows");
        rows.extend(published.rows);
        rows.sort();
        set_fact(plain, "rows", rows.join(", "), true);
    }
    let mut schemas = items(plain, "schemas");
    schemas.extend(published.schemas);
    set_sorted(plain, "schemas", schemas);
}

fn take(plain: &mut Plain, published: &Published) {
    if !is_opaque(plain, "tables") {
        for (table, _) in &published.tables {
            forget(plain, &table.to_string());
        }
    }
    let schemas = items(plain, "schemas").into_iter().filter(|it| !published.schemas.contains(it)).collect();
    set_sorted(plain, "schemas", schemas);
}

/// Takes a table out of what is published.
fn forget(plain: &mut Plain, table: &str) {
    let tables = items(plain, "tables").into_iter().filter(|it| split(it).0 != table).collect();
    set_sorted(plain, "tables", tables);
    let begin = format!("{table} where ");
    let rows = items(plain, "rows").into_iter().filter(|it| !it.starts_with(&begin)).collect();
    set_sorted(plain, "rows", rows);
}

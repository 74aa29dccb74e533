//! How the values of columns are kept and counted: storage, compression, statistics targets, options.

use squawk_syntax::ast::{self, AstNode};
use stairwell_catalog::{ColumnSettings, Object, ObjectId, QualifiedName, SqlType, Verb};

use super::{
    Fold,
    foreign_options::{apply, given},
    options::{options, reset_options},
    relation::column_id,
    resolve::text,
};

/// The highest statistics target; PostgreSQL takes a higher one for this.
const MOST_STATISTICS: i32 = 10_000;

/// What clauses of a column say about how its values are kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct SettingsText {
    storage: Option<ast::StorageMode>,
    compression: Option<ast::CompressionMethodName>,
    foreign_options: Option<ast::AlterOptionList>,
}

impl SettingsText {
    /// From `CREATE TABLE`.
    pub(crate) fn of_column(column: &ast::Column) -> Self {
        let mut settings = Self::default();
        for clause in column.clauses() {
            match clause {
                ast::ColumnClause::Storage(it) => settings.storage = it.storage_mode(),
                ast::ColumnClause::CompressionMethod(it) => {
                    settings.compression = it.compression_method_name();
                }
                ast::ColumnClause::AlterOptionList(it) => settings.foreign_options = Some(it),
                _ => {}
            }
        }
        settings
    }

    /// From `ADD COLUMN`.
    pub(crate) fn of_addition(column: &ast::AddColumn) -> Self {
        Self { foreign_options: column.alter_option_list(), ..Self::default() }
    }

    /// The settings of a column of this type, and why they may not be so.
    pub(crate) fn of_type(&self, fold: &Fold, ty: &SqlType) -> (ColumnSettings, Option<String>) {
        let mut opaque = None;
        let storage = self.storage.as_ref().and_then(|mode| {
            let (storage, unknown) = fold.storage(mode, ty);
            opaque = unknown;
            storage
        });
        let settings = ColumnSettings {
            storage,
            compression: self.compression.as_ref().and_then(compression),
            foreign_options: given(
                self.foreign_options.as_ref().into_iter().flat_map(|it| it.alter_options()),
            ),
            ..ColumnSettings::default()
        };
        (settings, opaque)
    }
}

/// The method that is named; `None` for the default.
fn compression(name: &ast::CompressionMethodName) -> Option<String> {
    name.default_token().is_none().then(|| text(name).trim().trim_matches('"').to_ascii_lowercase())
}

/// The statistics target that is set; `None` for the default.
pub(crate) fn target(it: &ast::SetStatistics) -> Option<i16> {
    let digits: String = text(&it.expr()?).split_whitespace().collect();
    let target: i32 = digits.parse().ok()?;
    if target < 0 { None } else { i16::try_from(target.min(MOST_STATISTICS)).ok() }
}

impl Fold {
    /// `ALTER COLUMN … SET …` about how values are kept; `false` if the action is about something else.
    pub(crate) fn change_settings(
        &mut self,
        id: &ObjectId,
        action: &ast::AlterColumnOption,
        heirs: &[QualifiedName],
    ) -> bool {
        match action {
            ast::AlterColumnOption::SetStorage(it) => {
                let Some(mode) = it.storage_mode() else { return true };
                for id in with_heirs(id, heirs) {
                    let Some(ty) = self.own_column(&id.owner(), &id.part).map(|column| column.ty.clone())
                    else {
                        continue;
                    };
                    let (storage, opaque) = self.storage(&mode, &ty);
                    self.change_column_settings(&id, |settings| settings.storage = storage);
                    if let Some(reason) = opaque {
                        self.state.change(&id, |entry| {
                            entry.opaque.get_or_insert(reason);
                        });
                    }
                }
            }
            ast::AlterColumnOption::SetCompression(it) => {
                let Some(method) = it.compression_method_name() else { return true };
                self.change_column_settings(id, |settings| settings.compression = compression(&method));
            }
            ast::AlterColumnOption::SetStatistics(it) => {
                for id in with_heirs(id, heirs) {
                    self.change_column_settings(&id, |settings| settings.statistics = target(it));
                }
            }
            ast::AlterColumnOption::SetOptions(it) => {
                let set = options(it.attribute_list());
                self.change_column_settings(id, |settings| settings.options.extend(set));
            }
            ast::AlterColumnOption::ResetOptions(it) => {
                self.change_column_settings(id, |settings| {
                    reset_options(&mut settings.options, it.attribute_list());
                });
            }
            ast::AlterColumnOption::SetOptionsList(it) => {
                let Some(list) = it.alter_option_list() else { return true };
                let Some(column) = self.own_column(&id.owner(), &id.part) else { return true };
                let mut changed = column.settings.foreign_options.clone();
                if let Err((reason, node)) = apply(&mut changed, list.alter_options())
                    && self.is_sure(id)
                {
                    self.invalid(reason, &node);
                }
                self.change_column_settings(id, |settings| settings.foreign_options = changed);
            }
            _ => return false,
        }
        true
    }

    /// `ALTER INDEX … ALTER COLUMN n SET STATISTICS`.
    pub(crate) fn set_key_statistics(&mut self, index: &ObjectId, it: &ast::AlterSetStatistics) {
        let Some(target) = it.set_statistics().map(|it| target(&it)) else { return };
        let number = it.expr().map(|it| text(&it)).or_else(|| it.column_name_ref().map(|it| text(&it)));
        let Some(place) =
            number.and_then(|it| it.trim().parse::<usize>().ok()).and_then(|it| it.checked_sub(1))
        else {
            return;
        };
        self.change_index(&index.owner(), |index| {
            if let Some(key) = index.keys.get_mut(place) {
                key.statistics = target;
            }
        });
    }

    /// `CLUSTER … USING` and `CLUSTER … ON`, which leave a mark at the index.
    pub(crate) fn cluster(&mut self, it: &ast::Cluster) {
        let using = it.cluster_using_index().and_then(|using| using.index_ref());
        let (table, index) = match it.cluster_legacy() {
            Some(legacy) => (legacy.on_path().and_then(|on| on.table_name_ref()), legacy.index_ref()),
            None => (it.table_name_ref(), using),
        };
        let (Some(table), Some(index)) = (table, index) else { return };
        if let Some(table) = self.relation(table.syntax(), Verb::Alter) {
            self.cluster_on(&table, &index);
        }
    }

    /// `ALTER TABLE … CLUSTER ON`.
    pub(crate) fn cluster_on(&mut self, table: &ObjectId, index: &ast::IndexRef) {
        let Some(name) = super::resolve::parts(index.syntax()).pop() else { return };
        let name = QualifiedName::new(table.schema, name);
        let id = super::relation::index_id(&name);
        if !self.state.contains(&id) {
            if self.is_sure(table) {
                self.missing(&id, index.syntax());
            }
            return;
        }
        self.effect(Verb::Alter, &id, index.syntax());
        self.mark_clustered(&name);
    }

    fn mark_clustered(&mut self, name: &QualifiedName) {
        let Some(table) = self.index(name).map(|index| index.table) else { return };
        if self.is_partitioned(&table) {
            // There is nothing to be ordered but the partitions.
            for partition in self.children(&table) {
                let parts = self.indexes(&partition).into_iter();
                let part =
                    parts.filter(|(_, index)| index.parent.as_ref() == Some(name)).map(|(part, _)| part);
                for part in part.collect::<Vec<_>>() {
                    self.mark_clustered(&part);
                }
            }
            return;
        }
        for (other, index) in self.indexes(&table) {
            if index.clustered != (other == *name) {
                self.change_index(&other, |index| index.clustered = other == *name);
            }
        }
    }

    /// `SET WITHOUT CLUSTER`.
    pub(crate) fn without_cluster(&mut self, table: &QualifiedName) {
        for (name, index) in self.indexes(table) {
            if index.clustered {
                self.change_index(&name, |index| index.clustered = false);
            }
        }
    }

    fn change_column_settings(&mut self, id: &ObjectId, change: impl FnOnce(&mut ColumnSettings)) {
        self.change_column(&id.owner(), &id.part, |column| change(&mut column.settings));
    }

    /// The storage that is set, if it is not the type's own, and why that may not be so.
    fn storage(&self, mode: &ast::StorageMode, ty: &SqlType) -> (Option<String>, Option<String>) {
        if mode.default_token().is_some() {
            return (None, None);
        }
        let storage = text(mode).trim().trim_matches('"').to_ascii_lowercase();
        match self.usual_storage(ty, 0) {
            Some(usual) if usual == storage => (None, None),
            Some(_) => (Some(storage), None),
            None => (Some(storage), Some(format!("nobody knows how values of {ty} are stored usually"))),
        }
    }

    /// How values of a type are stored without a word; `None` if that is not known.
    fn usual_storage(&self, ty: &SqlType, depth: usize) -> Option<&'static str> {
        match ty {
            SqlType::Array(_) => Some("extended"),
            SqlType::Opaque => None,
            SqlType::BuiltIn(name) => built_in_storage(name),
            SqlType::Named { .. } => {
                let id = self.type_object(ty)?;
                match &self.state.get(&id)?.object {
                    Object::Enum(_) => Some("plain"),
                    Object::Composite(_) | Object::Range(_) | Object::Table(_) | Object::View(_) => {
                        Some("extended")
                    }
                    // A domain stores what is below it.
                    Object::Domain(domain) if depth < 64 => self.usual_storage(&domain.base, depth + 1),
                    _ => None,
                }
            }
        }
    }
}

/// The column itself and those that inherit it.
fn with_heirs(id: &ObjectId, heirs: &[QualifiedName]) -> Vec<ObjectId> {
    let heirs = heirs.iter().map(|heir| column_id(heir, &id.part));
    std::iter::once(*id).chain(heirs).collect()
}

/// How values of a type of PostgreSQL are stored, as `pg_type.typstorage` says.
fn built_in_storage(canonical: &str) -> Option<&'static str> {
    let name = canonical.split('(').next().unwrap_or_default().trim();
    match name {
        "numeric" | "inet" | "cidr" => return Some("main"),
        "text" | "bytea" | "json" | "jsonb" | "jsonpath" | "xml" | "character varying" | "character"
        | "bpchar" | "bit" | "bit varying" | "path" | "polygon" | "tsvector" | "pg_node_tree" | "record"
        | "pg_ndistinct" | "pg_dependencies" | "pg_mcv_list" | "pg_snapshot" | "txid_snapshot" => {
            return Some("extended");
        }
        "tsquery" | "int2vector" | "oidvector" | "refcursor" => {
            return match name {
                "refcursor" => Some("extended"),
                _ => Some("plain"),
            };
        }
        _ => {}
    }
    if name.ends_with("range") {
        return Some("extended");
    }
    let plain = [
        "\"char\"",
        "boolean",
        "box",
        "circle",
        "date",
        "double precision",
        "integer",
        "bigint",
        "smallint",
        "real",
        "line",
        "lseg",
        "macaddr",
        "macaddr8",
        "money",
        "name",
        "oid",
        "pg_lsn",
        "point",
        "tid",
        "uuid",
        "xid",
        "xid8",
        "cid",
        "aclitem",
    ];
    let is_plain = plain.contains(&name)
        || ["timestamp", "time", "interval"].iter().any(|it| name.starts_with(it))
        || name.starts_with("reg");
    is_plain.then_some("plain")
}

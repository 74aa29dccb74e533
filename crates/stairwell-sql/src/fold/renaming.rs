//! What follows when an object gets another name: the names of it within other objects.

use std::collections::BTreeSet;

use stairwell_catalog::{
    ConstraintRule, Kind, Known, Object, ObjectId, QualifiedName, ReplicaIdentity, SqlType, TableKind,
    quote_identifier,
};

/// Old names and the new ones, by what PostgreSQL keeps apart: relations and types may have one name.
#[derive(Debug, Default)]
pub(crate) struct Renaming {
    relations: Vec<(QualifiedName, QualifiedName)>,
    types: Vec<(QualifiedName, QualifiedName)>,
    functions: Vec<(QualifiedName, QualifiedName)>,
    collations: Vec<(String, String)>,
    schema: Option<(String, String)>,
}

impl Renaming {
    pub(super) fn add(&mut self, old: &ObjectId, new: &ObjectId) {
        let names = || (old.owner(), new.owner());
        match old.kind {
            Kind::Table | Kind::View | Kind::MaterializedView => {
                self.relations.push(names());
                self.types.push(names());
            }
            Kind::Index => self.relations.push(names()),
            // The multirange of a range keeps its name and its schema.
            Kind::Type => self.types.push(names()),
            Kind::Function => self.functions.push(names()),
            Kind::Collation => self.collations.push((old.owner().to_string(), new.owner().to_string())),
            Kind::Schema => self.schema = Some((old.name.to_string(), new.name.to_string())),
            _ => {}
        }
    }

    /// A type that is no object itself: an extension's.
    pub(crate) fn add_type(&mut self, old: QualifiedName, new: QualifiedName) {
        self.types.push((old, new));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.relations.is_empty()
            && self.types.is_empty()
            && self.functions.is_empty()
            && self.collations.is_empty()
            && self.schema.is_none()
    }

    /// Whether the object names anything that has another name now; what [`Renaming::apply`] would change.
    pub(super) fn concerns(&self, id: &ObjectId, object: &Object) -> bool {
        let ty = |ty: &SqlType| ty.name().is_some_and(|name| self.new_type(name).is_some());
        let relation = |name: &QualifiedName| self.find(&self.relations, name).is_some();
        let function = |id: &ObjectId| self.find(&self.functions, &id.owner()).is_some();
        let collation = |name: &Option<String>| self.new_collation(name.as_ref()).is_some();
        match object {
            Object::Table(it) => {
                it.parents.iter().any(relation)
                    || it.of_type.as_ref().is_some_and(|name| self.new_type(name).is_some())
                    || self.new_replica_index(id, &it.replica_identity).is_some()
            }
            Object::Column(it) => ty(&it.ty) || collation(&it.collation),
            Object::Constraint(it) => match &it.rule {
                ConstraintRule::ForeignKey(key) => relation(&key.references),
                _ => false,
            },
            Object::Index(it) => {
                relation(&it.table)
                    || it.parent.as_ref().is_some_and(relation)
                    || it.keys.iter().any(|key| collation(&key.collation))
            }
            Object::Sequence(it) => it.owned_by.as_ref().is_some_and(|(table, _)| relation(table)),
            Object::Domain(it) => ty(&it.base) || collation(&it.collation),
            Object::Range(it) => ty(&it.subtype),
            Object::Composite(it) => {
                it.attributes.iter().any(|attribute| ty(&attribute.ty) || collation(&attribute.collation))
            }
            Object::Function(it) => {
                it.arguments.iter().any(|argument| ty(&argument.ty)) || it.returns.as_ref().is_some_and(ty)
            }
            Object::Trigger(it) => function(&it.function),
            Object::EventTrigger(it) => function(&it.function),
            Object::Extension(_) => self.schema.is_some(),
            _ => false,
        }
    }

    /// The new name of the index that is a table's replica identity; it is always in the table's schema.
    fn new_replica_index(&self, table: &ObjectId, identity: &ReplicaIdentity) -> Option<&str> {
        let ReplicaIdentity::Index(index) = identity else { return None };
        let renamed = self
            .relations
            .iter()
            .find(|(old, new)| old.name == *index && old.schema == table.schema && new.name != old.name);
        renamed.map(|(_, new)| new.name.as_str())
    }

    fn moved(&self, name: &QualifiedName) -> Option<QualifiedName> {
        let (old, new) = self.schema.as_ref()?;
        (name.schema == *old).then(|| QualifiedName::new(new.clone(), name.name))
    }

    fn find(&self, pairs: &[(QualifiedName, QualifiedName)], name: &QualifiedName) -> Option<QualifiedName> {
        if self.schema.is_some() {
            return self.moved(name);
        }
        pairs.iter().find(|(old, _)| old == name).map(|(_, new)| *new)
    }

    fn new_type(&self, name: &QualifiedName) -> Option<QualifiedName> {
        self.find(&self.types, name)
    }

    fn new_collation(&self, name: Option<&String>) -> Option<String> {
        let name = name?;
        if let Some((old, new)) = &self.schema {
            let rest = name.strip_prefix(&*quote_identifier(old))?.strip_prefix('.')?;
            return Some(format!("{}.{rest}", quote_identifier(new)));
        }
        self.collations.iter().find(|(old, _)| old == name).map(|(_, new)| new.clone())
    }

    fn relation(&self, name: &mut QualifiedName) {
        if let Some(new) = self.find(&self.relations, name) {
            *name = new;
        }
    }

    fn ty(&self, ty: &mut SqlType) {
        if let Some(name) = ty.name_mut()
            && let Some(new) = self.find(&self.types, name)
        {
            *name = new;
        }
    }

    fn function(&self, function: &mut ObjectId) {
        if let Some(new) = self.find(&self.functions, &function.owner()) {
            *function = ObjectId::function(&new, "");
        }
    }

    fn collation(&self, collation: &mut Option<String>) {
        if let Some(new) = self.new_collation(collation.as_ref()) {
            *collation = Some(new);
        }
    }

    /// Corrects the names within one object.
    pub(super) fn apply(&self, id: &ObjectId, object: &mut Object) {
        match object {
            Object::Table(it) => {
                it.parents.iter_mut().for_each(|name| self.relation(name));
                // A composite type is a relation and a type.
                if let Some(of_type) = &mut it.of_type
                    && let Some(new) = self.new_type(of_type)
                {
                    *of_type = new;
                }
                if let Some(index) = self.new_replica_index(id, &it.replica_identity) {
                    it.replica_identity = ReplicaIdentity::Index(index.to_owned());
                }
            }
            Object::Column(it) => {
                self.ty(&mut it.ty);
                self.collation(&mut it.collation);
            }
            Object::Constraint(it) => {
                if let ConstraintRule::ForeignKey(key) = &mut it.rule {
                    self.relation(&mut key.references);
                }
            }
            Object::Index(it) => {
                self.relation(&mut it.table);
                it.parent.iter_mut().for_each(|name| self.relation(name));
                it.keys.iter_mut().for_each(|key| self.collation(&mut key.collation));
            }
            Object::Sequence(it) => {
                if let Some((table, _)) = &mut it.owned_by {
                    self.relation(table);
                }
            }
            Object::Domain(it) => {
                self.ty(&mut it.base);
                self.collation(&mut it.collation);
            }
            Object::Range(it) => self.ty(&mut it.subtype),
            Object::Composite(it) => {
                for attribute in &mut it.attributes {
                    self.ty(&mut attribute.ty);
                    self.collation(&mut attribute.collation);
                }
            }
            Object::Function(it) => {
                it.arguments.iter_mut().for_each(|argument| self.ty(&mut argument.ty));
                it.returns.iter_mut().for_each(|ty| self.ty(ty));
            }
            Object::Trigger(it) => self.function(&mut it.function),
            Object::EventTrigger(it) => self.function(&mut it.function),
            Object::Extension(it) => {
                if let (Known::Known(schema), Some((old, new))) = (&mut it.schema, &self.schema)
                    && schema == old
                {
                    schema.clone_from(new);
                }
            }
            _ => {}
        }
    }
}

/// Corrects the name of a column within one object.
pub(super) fn follow_column(object: &mut Object, id: &ObjectId, from: &ObjectId, to: &ObjectId) {
    let rename = |name: &mut String| {
        if *name == from.part {
            *name = to.part.to_string();
        }
    };
    let rename_set = |names: &mut BTreeSet<String>| {
        if names.remove(from.part.as_str()) {
            names.insert(to.part.to_string());
        }
    };
    let own = id.owner() == to.owner();
    match object {
        Object::Constraint(it) => match &mut it.rule {
            ConstraintRule::Check { columns, .. } if own => rename_set(columns),
            ConstraintRule::PrimaryKey { columns, include }
            | ConstraintRule::Unique { columns, include, .. }
                if own =>
            {
                columns.iter_mut().chain(include).for_each(rename);
            }
            ConstraintRule::ForeignKey(key) => {
                if own {
                    key.columns.iter_mut().chain(&mut key.set_columns).for_each(rename);
                }
                if key.references == to.owner() {
                    key.referenced_columns.iter_mut().for_each(rename);
                }
            }
            ConstraintRule::Exclude { columns } if own => columns.iter_mut().flatten().for_each(rename),
            _ => {}
        },
        Object::Index(it) if it.table == to.owner() => {
            it.keys.iter_mut().filter_map(|key| key.column.as_mut()).chain(&mut it.include).for_each(rename);
            rename_set(&mut it.columns);
        }
        Object::Sequence(it) => {
            if let Some((table, column)) = &mut it.owned_by
                && *table == to.owner()
            {
                rename(column);
            }
        }
        Object::Trigger(it) if own => rename_set(&mut it.columns),
        Object::Table(it) if own => {
            if let TableKind::Partitioned { key, .. } = &mut it.kind {
                key.iter_mut().flatten().for_each(rename);
            }
        }
        _ => {}
    }
}

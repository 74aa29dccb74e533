//! Extensions, and what SQL can name of what they bring.
//!
//! An extension's members are in no catalog of ours, but SQL names them. Of the extensions in
//! `extensions.txt` they are known; any other may bring anything, so after it nothing is called missing.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{
    Constraint, ConstraintRule, Extension, Kind, Known, Object, ObjectId, QualifiedName, Schema, Verb,
};

use super::{
    Fold,
    extension_members::{Members, known},
    lookup::Wanted,
    renaming::Renaming,
    resolve::{identifier, is_system},
    state::Strength,
};

/// The extensions that have been created, by name.
fn created(fold: &Fold) -> impl Iterator<Item = (&str, &Known<String>)> {
    // Extensions live in no schema, so they all stand at the beginning of the catalog.
    fold.state.catalog().iter().take_while(|(id, _)| id.schema.is_empty()).filter_map(|(id, entry)| {
        match &entry.object {
            Object::Extension(extension) => Some((id.name.as_str(), &extension.schema)),
            _ => None,
        }
    })
}

/// The schema of the extension that brings this type; an empty one if it can only be presumed that one does.
pub(crate) fn type_schema(fold: &Fold, name: &str) -> Option<String> {
    let mut presumed = None;
    for (extension, schema) in created(fold) {
        match known(extension) {
            Some(known) if known.types.contains(&name) => {
                return Some(match schema {
                    Known::Known(schema) => schema.clone(),
                    Known::Opaque => String::new(),
                });
            }
            Some(known) if !known.open => {}
            _ => presumed = Some(String::new()),
        }
    }
    presumed
}

/// The extension that brings this type.
pub(crate) fn of_type(fold: &Fold, name: &QualifiedName) -> Option<ObjectId> {
    created(fold)
        .find(|(extension, schema)| {
            matches!(schema, Known::Known(schema) if *schema == name.schema)
                && known(extension).is_some_and(|known| known.types.contains(&name.name.as_str()))
        })
        .map(|(extension, _)| ObjectId::global(Kind::Extension, extension))
}

/// The extension that brings this relation, or may bring it.
pub(crate) fn relation(fold: &Fold, name: &str) -> Option<ObjectId> {
    created(fold)
        .find(|(extension, _)| {
            known(extension).is_none_or(|known| known.open || known.relations.contains(&name))
        })
        .map(|(extension, _)| ObjectId::global(Kind::Extension, extension))
}

/// The extension that brings this foreign data wrapper.
pub(crate) fn of_wrapper(fold: &Fold, wrapper: &str) -> Option<ObjectId> {
    // A wrapper is called as its extension is, but for this one.
    let extension = if wrapper == "dblink_fdw" { "dblink" } else { wrapper };
    let id = ObjectId::global(Kind::Extension, extension);
    fold.state.contains(&id).then_some(id)
}

/// Whether an extension has been created that may bring functions, operators and operator classes.
pub(crate) fn any(fold: &Fold) -> bool {
    created(fold).any(|(extension, _)| extension != "plpgsql")
}

/// Whether an extension has been created that may have made schemas of its own.
pub(crate) fn may_bring_schemas(fold: &Fold) -> bool {
    created(fold).any(|(extension, _)| known(extension).is_none_or(|known| known.open))
}

/// The types that an extension brings.
pub(crate) fn member_types(name: &str, extension: &Extension) -> Vec<QualifiedName> {
    let (Some(known), Known::Known(schema)) = (known(name), &extension.schema) else { return Vec::new() };
    known.types.iter().map(|name| QualifiedName::new(schema.clone(), *name)).collect()
}

impl Fold {
    pub(crate) fn create_extension(&mut self, it: &ast::CreateExtension) {
        let Some(name) = it.extension() else { return };
        let node = name.syntax().clone();
        let schema = it.extension_schema().and_then(|schema| schema.schema_ref());
        if let Some(schema) = &schema {
            self.named(Wanted::Schema, schema.syntax());
        }
        let schema = schema.map(|schema| identifier(schema.syntax()));
        let name = identifier(&node);
        let cascade = it.cascade_token().is_some();
        let is_there =
            name == "plpgsql" || self.state.contains(&ObjectId::global(Kind::Extension, name.clone()));
        if is_there && it.if_not_exists().is_some() {
            return;
        }
        self.install(&name, schema.as_deref(), cascade, false, &node);
    }

    /// Creates an extension; `along` says that another one needs it.
    fn install(&mut self, name: &str, schema: Option<&str>, cascade: bool, along: bool, node: &SyntaxNode) {
        let id = ObjectId::global(Kind::Extension, name);
        // PL/pgSQL is in every database, which is why no catalog tells of it.
        if name == "plpgsql" {
            self.invalid("extension plpgsql is there from the start", node);
            return;
        }
        if !self.is_free(&id, node) {
            return;
        }
        let members = known(name);
        let home = match (members, schema) {
            (Some(Members { schema: Some(fixed), .. }), asked) => {
                if !cascade && asked.is_some_and(|asked| asked != *fixed) {
                    self.invalid(format!("extension {name} must be installed in schema {fixed}"), node);
                }
                self.make_home(fixed, node);
                Known::Known((*fixed).to_owned())
            }
            (_, Some(asked)) => Known::Known(asked.to_owned()),
            (Some(_), None) => {
                let home = QualifiedName::new(self.creation_schema(), name);
                if self.lacks_schema(&home, node) {
                    return;
                }
                Known::Known(home.schema.into())
            }
            // Its control file may fix the schema.
            (None, None) => Known::Opaque,
        };
        let mut required = Vec::new();
        for extension in members.map(|members| members.requires.as_slice()).unwrap_or_default() {
            let on = ObjectId::global(Kind::Extension, *extension);
            if !self.state.contains(&on) {
                if !cascade {
                    self.invalid(
                        format!("extension {name} requires extension {extension}, which is not installed"),
                        node,
                    );
                    return;
                }
                self.install(extension, schema, cascade, true, node);
            }
            required.push(on);
        }
        if let Known::Known(home) = &home {
            required.push(ObjectId::global(Kind::Schema, home.clone()));
        }
        if along {
            self.create_along(&id, Extension { schema: home }, node);
        } else {
            self.create(&id, Extension { schema: home }, node);
        }
        for on in required {
            if self.state.contains(&on) {
                self.state.depend(&id, &on, Strength::Normal);
            }
        }
    }

    /// The schema that a control file names is made if there is none; it does not belong to the extension.
    fn make_home(&mut self, schema: &str, node: &SyntaxNode) {
        let id = ObjectId::global(Kind::Schema, schema);
        if !is_system(schema) && !self.state.contains(&id) && !self.outside.schemas.contains(schema) {
            self.create_along(&id, Schema::default(), node);
        }
    }

    pub(crate) fn alter_extension(&mut self, it: &ast::AlterExtension) {
        let Some(name) = it.extension_ref() else { return };
        let Some(id) = self.named(Wanted::Extension, name.syntax()) else { return };
        self.effect(Verb::Alter, &id, name.syntax());
        match it.action() {
            Some(ast::AlterExtensionAction::SetSchema(set)) => {
                if let Some(schema) = set.schema_ref() {
                    self.move_extension(&id, &schema);
                }
            }
            Some(ast::AlterExtensionAction::AlterExtensionAdd(_)) => {
                self.opaque("which objects an extension was given is not followed", it.syntax());
            }
            Some(ast::AlterExtensionAction::AlterExtensionDrop(_)) => {
                self.opaque("which objects an extension was taken is not followed", it.syntax());
            }
            // Another version may bring other members, which are in no catalog.
            Some(ast::AlterExtensionAction::AlterExtensionUpdate(_)) | None => {}
        }
    }

    fn move_extension(&mut self, id: &ObjectId, schema: &ast::SchemaRef) {
        let to = identifier(schema.syntax());
        let target = ObjectId::global(Kind::Schema, to.clone());
        if !self.schema_exists(&to) {
            self.missing(&target, schema.syntax());
            return;
        }
        if known(&id.name).is_some_and(|members| !members.relocatable) {
            self.invalid(format!("{id} cannot be moved to another schema"), schema.syntax());
            return;
        }
        let Some(Object::Extension(before)) = self.state.get(id).map(|entry| entry.object.clone()) else {
            return;
        };
        let after = Extension { schema: Known::Known(to) };
        let mut renaming = Renaming::default();
        let types = member_types(&id.name, &before).into_iter();
        for (old, new) in types.zip(member_types(&id.name, &after)) {
            renaming.add_type(old, new);
        }
        if let Known::Known(old) = &before.schema {
            self.state.release(id, &ObjectId::global(Kind::Schema, old.clone()));
        }
        self.change(id, |entry| entry.object = after.into());
        if self.state.contains(&target) {
            self.state.depend(id, &target, Strength::Normal);
        }
        if self.guard.perhaps.is_none() {
            self.follow(&renaming);
        }
    }

    /// `DEPENDS ON EXTENSION`: the object goes along silently when the extension is dropped.
    pub(crate) fn depend_on_extension(&mut self, id: &ObjectId, it: &ast::DependsOnExtension) {
        let Some(name) = it.extension_ref() else { return };
        if let Some(extension) = self.named(Wanted::Extension, name.syntax()) {
            self.effect(Verb::Reference, &extension, name.syntax());
            // What stands in the way of it otherwise still does.
            self.state.depend(id, &extension, Strength::Auto);
        }
    }

    /// `NO DEPENDS ON EXTENSION`.
    pub(crate) fn depend_no_longer_on_extension(&mut self, id: &ObjectId, it: &ast::NoDependsOnExtension) {
        let Some(name) = it.extension_ref() else { return };
        if let Some(extension) = self.named(Wanted::Extension, name.syntax())
            && self.state.strength(id, &extension) == Some(Strength::Auto)
        {
            self.state.release(id, &extension);
        }
    }

    pub(crate) fn drop_extension(&mut self, it: &ast::DropExtension) {
        let cascade = matches!(it.drop_behavior(), Some(ast::DropBehavior::Cascade(_)));
        let mut named: Vec<(ObjectId, SyntaxNode)> = Vec::new();
        for name in it.extension_refs() {
            let Some(id) = self.named_if(Wanted::Extension, name.syntax(), it.if_exists().is_some()) else {
                continue;
            };
            if !named.iter().any(|(other, _)| *other == id) {
                named.push((id, name.syntax().clone()));
            }
        }
        if cascade {
            for (id, node) in &named {
                self.lose_members(id, node);
            }
        }
        self.drop_named(&named, cascade);
    }

    /// What `CASCADE` takes along because it uses the extension's operator classes or functions.
    fn lose_members(&mut self, id: &ObjectId, node: &SyntaxNode) {
        let Some(members) = known(&id.name) else {
            let reason = format!("what goes along with extension {} is not known", id.name);
            self.opaque(reason, node);
            return;
        };
        let indexes: Vec<ObjectId> = self
            .state
            .catalog()
            .iter()
            .filter(|(_, entry)| match &entry.object {
                Object::Index(index) => index.keys.iter().any(|key| {
                    key.operator_class
                        .as_deref()
                        .is_some_and(|class| members.operator_classes.contains(&class))
                }),
                _ => false,
            })
            .map(|(index, _)| *index)
            .collect();
        for index in indexes {
            self.state.depend(&index, id, Strength::Normal);
        }
        let using: Vec<ObjectId> = self
            .state
            .catalog()
            .iter()
            .filter(|(_, entry)| may_use(&entry.object, &id.name, members))
            .map(|(using, _)| *using)
            .collect();
        let reason = format!("it may have been dropped together with extension {}", id.name);
        for using in using {
            self.state.change(&using, |entry| {
                entry.opaque.get_or_insert_with(|| reason.clone());
            });
        }
    }
}

/// Whether the object calls one of the functions of the extension, as far as its text tells, or relies on
/// its operators.
fn may_use(object: &Object, extension: &str, members: &Members) -> bool {
    let calls = |text: &str| {
        members.open && text.contains("st_") || members.functions.iter().any(|name| calls(text, name))
    };
    match object {
        Object::Column(it) => it.default.as_ref().is_some_and(|text| calls(&text.0)),
        Object::Domain(it) => it.default.as_ref().is_some_and(|text| calls(&text.0)),
        Object::Constraint(Constraint { rule: ConstraintRule::Check { condition, .. }, .. }) => {
            calls(&condition.0)
        }
        // What an expression in an index says is not kept.
        Object::Index(it) => {
            it.predicate.as_ref().is_some_and(|text| calls(&text.0))
                || !members.functions.is_empty() && it.keys.iter().any(|key| key.column.is_none())
                || match extension {
                    "btree_gist" => it.method == "gist",
                    "btree_gin" => it.method == "gin",
                    "bloom" => it.method == "bloom",
                    _ => false,
                }
        }
        Object::View(it) => calls(&it.query.0),
        Object::Policy(it) => it.using.iter().chain(&it.check).any(|text| calls(&text.0)),
        Object::Rule(it) => calls(&it.definition.0),
        Object::Trigger(it) => members.functions.contains(&it.function.name.as_str()),
        Object::Function(it) => {
            it.language == "sql" && it.body.as_ref().is_some_and(|text| calls(&text.0))
                || extension.starts_with("pl") && extension.eq_ignore_ascii_case(&it.language)
        }
        _ => false,
    }
}

/// Whether `name(` stands somewhere in the text.
fn calls(text: &str, name: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let behind = text.get(at + name.len()..).unwrap_or_default().trim_start_matches('"').trim_start();
        !before.is_some_and(is_word) && behind.starts_with('(')
    })
}

#[cfg(test)]
mod tests {
    use super::calls;

    #[test]
    fn a_call_is_a_name_with_a_parenthesis() {
        assert!(calls("public.UNACCENT (name)", "unaccent"));
        assert!(calls("\"unaccent\"(name)", "unaccent"));
        assert!(!calls("my_unaccent(name)", "unaccent"));
        assert!(!calls("unaccent + 1", "unaccent"));
    }
}

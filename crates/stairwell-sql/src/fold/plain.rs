//! What the kinds of objects have in common that nothing else hangs on: finding, creating, changing and dropping
//! one that a migration made.
//!
//! One that no migration made may still be there: PostgreSQL's own, an extension's, or one that an administrator
//! made, since most of these kinds are for superusers. So a name that leads to nothing is only a problem if an
//! object of this name has been dropped.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Fact, Kind, Object, ObjectId, Plain, QualifiedName, Value, Verb};

use super::{
    Fold,
    resolve::{parts, text},
    routine::Routines,
    state::Strength,
};

/// The value of a fact, if it is known.
pub(crate) fn known<'a>(plain: &'a Plain, name: &str) -> Option<&'a str> {
    plain.facts.iter().find(|fact| fact.name == name).and_then(|fact| match &fact.value {
        Value::Exact(value) | Value::Text(value) => Some(value.as_str()),
        Value::Opaque => None,
    })
}

/// Whether there is a fact of this name that is not known.
pub(crate) fn is_opaque(plain: &Plain, name: &str) -> bool {
    plain.facts.iter().any(|fact| fact.name == name && fact.value == Value::Opaque)
}

/// The items of a fact that lists something.
pub(crate) fn items(plain: &Plain, name: &str) -> Vec<String> {
    let Some(list) = known(plain, name) else { return Vec::new() };
    let (mut items, mut item) = (Vec::new(), String::new());
    let (mut depth, mut quoted) = (0_usize, false);
    for it in list.chars() {
        match it {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                items.push(std::mem::take(&mut item));
                continue;
            }
            ' ' if item.is_empty() => continue,
            _ => {}
        }
        item.push(it);
    }
    items.push(item);
    items
}

/// Puts a list in place of the fact of this name, or takes the fact away if the list is empty.
pub(crate) fn set_items(plain: &mut Plain, name: &'static str, items: &[String]) {
    let is_text = plain.facts.iter().any(|it| it.name == name && matches!(it.value, Value::Text(_)));
    set_fact(plain, name, items.join(", "), is_text);
}

/// Puts a value in place of the fact of this name, or takes the fact away if it is empty.
pub(crate) fn set_fact(plain: &mut Plain, name: &'static str, value: String, is_text: bool) {
    if value.is_empty() {
        plain.facts.retain(|fact| fact.name != name);
        return;
    }
    let value = if is_text { Value::Text(value) } else { Value::Exact(value) };
    match plain.facts.iter_mut().find(|fact| fact.name == name) {
        Some(fact) => fact.value = value,
        None => plain.facts.push(Fact { name, value }),
    }
}

/// What is written, without the quotes of a string.
pub(crate) fn option_text(value: &ast::AttributeValue) -> String {
    let literal = value.literal().and_then(|literal| super::constant::literal_text(&literal));
    literal.unwrap_or_else(|| {
        let text = text(value).trim().to_owned();
        if text.starts_with('"') { text.trim_matches('"').to_owned() } else { text.to_ascii_lowercase() }
    })
}

impl Fold {
    /// The object that a migration made, of a kind that lives in no schema.
    pub(crate) fn made(&mut self, kind: Kind, node: &SyntaxNode, quiet: bool) -> Option<ObjectId> {
        let id = ObjectId::global(kind, parts(node).pop()?);
        self.made_of(vec![id], node, quiet)
    }

    /// The object that a migration made, of a kind that lives in a schema.
    pub(crate) fn made_in_schema(
        &mut self,
        kind: Kind,
        node: &SyntaxNode,
        part: &str,
        quiet: bool,
    ) -> Option<ObjectId> {
        let candidates = self.candidates(&parts(node)).into_iter();
        let ids = candidates.map(|name| ObjectId::part(kind, &name, part)).collect();
        self.made_of(ids, node, quiet)
    }

    /// The first of the identities that there is.
    pub(crate) fn made_of(&mut self, ids: Vec<ObjectId>, node: &SyntaxNode, quiet: bool) -> Option<ObjectId> {
        if let Some(id) = ids.iter().find(|id| self.state.contains(id)) {
            return Some(*id);
        }
        if !quiet && let Some(id) = ids.iter().find(|id| self.state.dropped(id).is_some()) {
            self.missing(id, node);
        }
        None
    }

    /// Creates an object that depends on others; `false` if it is there already or its schema is not.
    pub(crate) fn make(
        &mut self,
        id: &ObjectId,
        object: impl Into<Object>,
        uses: &[ObjectId],
        node: &SyntaxNode,
    ) -> bool {
        let in_schema = !id.schema.is_empty();
        if in_schema && self.lacks_schema(&id.owner(), node) || !self.is_free(id, node) {
            return false;
        }
        self.create(id, object, node);
        for used in uses {
            self.state.depend(id, used, Strength::Normal);
        }
        true
    }

    /// Changes what is told about an object, with the effect.
    pub(crate) fn alter_plain(&mut self, id: &ObjectId, node: &SyntaxNode, change: impl FnOnce(&mut Plain)) {
        self.effect(Verb::Alter, id, node);
        self.change_plain(id, change);
    }

    /// Changes what is told about an object.
    pub(crate) fn change_plain(&mut self, id: &ObjectId, change: impl FnOnce(&mut Plain)) {
        let Some(before) = self.plain(id) else { return };
        let mut after = before.clone();
        change(&mut after);
        if after != *before {
            self.change(id, |entry| entry.object = Object::Plain(after));
        }
    }

    /// What is told about an object.
    pub(crate) fn plain(&self, id: &ObjectId) -> Option<&Plain> {
        match &self.state.get(id)?.object {
            Object::Plain(plain) => Some(plain),
            _ => None,
        }
    }

    /// `RENAME TO`, `OWNER TO` and `SET SCHEMA`, whichever the action is; `false` if it is none of them.
    pub(crate) fn alter_name_or_owner(&mut self, id: &ObjectId, action: &SyntaxNode) -> bool {
        if let Some(owner) = ast::OwnerTo::cast(action.clone()) {
            self.effect(Verb::Alter, id, action);
            self.change_owner(id, &owner);
        } else if let Some(set) = ast::SetSchema::cast(action.clone()) {
            self.effect(Verb::Alter, id, action);
            self.move_to(id, &set);
        } else if format!("{:?}", action.kind()).ends_with("RENAME_TO")
            && let Some(name) = action.children().next()
        {
            self.effect(Verb::Alter, id, action);
            self.rename_to(id, &name);
        } else {
            return false;
        }
        true
    }

    /// Drops what was found; of the rest nothing is known.
    pub(crate) fn drop_made(
        &mut self,
        named: Vec<(Option<ObjectId>, SyntaxNode)>,
        behavior: Option<ast::DropBehavior>,
        statement: &SyntaxNode,
    ) {
        let cascade = matches!(behavior, Some(ast::DropBehavior::Cascade(_)));
        if cascade && named.iter().any(|(id, _)| id.is_none()) {
            self.opaque("what goes along with what is dropped here is not followed", statement);
        }
        let found: Vec<(ObjectId, SyntaxNode)> =
            named.into_iter().filter_map(|(id, node)| Some((id?, node))).collect();
        self.drop_named(&found, cascade);
    }

    /// The function that is named without its arguments, if a migration made it and it is the only one.
    pub(crate) fn function_named(&mut self, node: &SyntaxNode) -> Option<ObjectId> {
        let functions = self.find_functions(&parts(node));
        let [only] = functions.as_slice() else { return None };
        self.effect(Verb::Reference, only, node);
        Some(*only)
    }

    /// The function that is named with its arguments, if a migration made it.
    pub(crate) fn function_of(&mut self, sig: Option<ast::FunctionSig>) -> Option<ObjectId> {
        let sig = sig?;
        let name = sig.function_name_ref()?;
        let id = self.routine(name.syntax(), sig.param_list().as_ref(), Routines::Functions, true)?;
        self.effect(Verb::Reference, &id, name.syntax());
        Some(id)
    }

    /// The name of an object as a fact tells it: bare if it is PostgreSQL's own, and what it depends on.
    pub(crate) fn shown_name(&mut self, kind: Kind, node: &SyntaxNode) -> (String, Option<ObjectId>) {
        let parts = parts(node);
        self.shown_parts(kind, &parts, node)
    }

    /// The same of a name in parts.
    pub(crate) fn shown_parts(
        &mut self,
        kind: Kind,
        parts: &[String],
        node: &SyntaxNode,
    ) -> (String, Option<ObjectId>) {
        let candidates = self.candidates(parts).into_iter();
        let ids: Vec<ObjectId> = candidates.map(|name| ObjectId::new(kind, name.schema, name.name)).collect();
        if let Some(id) = self.made_of(ids, node, true) {
            self.effect(Verb::Reference, &id, node);
            return (id.owner().to_string(), Some(id));
        }
        let name = match parts {
            [.., schema, name] if schema != "pg_catalog" => QualifiedName::new(schema, name).to_string(),
            parts => parts.last().cloned().unwrap_or_default(),
        };
        (name, None)
    }
}

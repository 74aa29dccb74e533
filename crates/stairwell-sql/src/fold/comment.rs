//! `COMMENT ON`.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode, CommentObject},
};
use stairwell_catalog::{Kind, Object, ObjectId, Verb};

use super::{
    Fold,
    lookup::Wanted,
    resolve::{Found, parts},
    routine::Routines,
};

impl Fold {
    pub(crate) fn comment_on(&mut self, it: &ast::CommentOn) {
        let Some(object) = it.comment_object() else { return };
        let Some((id, node)) = self.commented(&object) else { return };
        self.effect(Verb::Alter, &id, &node);
        // The comment of an extension is its control file's, which no catalog tells.
        if id.kind == Kind::Extension {
            return;
        }
        let text = it.literal().and_then(|literal| literal.string_value());
        // No text is no comment, and neither is the one that `public` has from the start.
        let usual = if id.kind == Kind::Schema { "standard public schema" } else { "" };
        let text = text.filter(|text| !text.is_empty() && text != usual);
        self.change(&id, |entry| entry.comment = text);
    }

    /// The object, and the node that names it; `None` if it is not followed.
    fn commented(&mut self, object: &CommentObject) -> Option<(ObjectId, SyntaxNode)> {
        let (wanted, node) = match object {
            CommentObject::ObjectTable(it) => (Wanted::Table, it.table_name_ref()?.syntax().clone()),
            CommentObject::ObjectForeignTable(it) => {
                (Wanted::ForeignTable, it.table_name_ref()?.syntax().clone())
            }
            CommentObject::ObjectView(it) => (Wanted::View, it.view_ref()?.syntax().clone()),
            CommentObject::ObjectMaterializedView(it) => {
                (Wanted::MaterializedView, it.view_ref()?.syntax().clone())
            }
            CommentObject::ObjectIndex(it) => (Wanted::Index, it.index_ref()?.syntax().clone()),
            CommentObject::ObjectSequence(it) => (Wanted::Sequence, it.sequence_ref()?.syntax().clone()),
            CommentObject::ObjectType(it) => (Wanted::AnyType, it.type_name_ref()?.syntax().clone()),
            CommentObject::ObjectDomain(it) => (Wanted::Domain, it.domain_ref()?.syntax().clone()),
            CommentObject::ObjectSchema(it) => (Wanted::Schema, it.schema_ref()?.syntax().clone()),
            CommentObject::ObjectExtension(it) => (Wanted::Extension, it.extension_ref()?.syntax().clone()),
            CommentObject::ObjectStatistics(it) => {
                (Wanted::Statistics, it.statistics_ref()?.syntax().clone())
            }
            CommentObject::ObjectCollation(it) => {
                let node = it.collation_ref()?.syntax().clone();
                return Some((self.named_or_system(Wanted::Collation, &node)?, node));
            }
            CommentObject::ObjectPublication(it) => {
                (Wanted::Publication, it.publication_ref()?.syntax().clone())
            }
            CommentObject::ObjectEventTrigger(it) => {
                (Wanted::EventTrigger, it.event_trigger_ref()?.syntax().clone())
            }
            CommentObject::ObjectFunction(it) => {
                let sig = it.function_sig()?;
                let name = sig.function_name_ref()?;
                return self.commented_routine(Routines::Functions, name.syntax(), sig.param_list());
            }
            CommentObject::ObjectProcedure(it) => {
                let sig = it.procedure_sig()?;
                let name = sig.procedure_name_ref()?;
                return self.commented_routine(Routines::Procedures, name.syntax(), sig.param_list());
            }
            CommentObject::ObjectRoutine(it) => {
                let sig = it.routine_sig()?;
                let name = sig.routine_name_ref()?;
                return self.commented_routine(Routines::All, name.syntax(), sig.param_list());
            }
            CommentObject::ObjectAggregate(it) => {
                let sig = it.aggregate()?;
                let name = sig.path_ref()?;
                return self.commented_routine(Routines::Aggregates, name.syntax(), sig.param_list());
            }
            CommentObject::ObjectColumn(it) => return self.commented_column(it),
            CommentObject::ObjectConstraint(it) => return self.commented_constraint(it),
            CommentObject::ObjectTrigger(it) => {
                let (name, on) = (it.trigger_ref()?, it.relation_name_ref()?);
                let id = self.named_part(Kind::Trigger, name.syntax(), on.syntax(), false)?;
                return Some((id, name.syntax().clone()));
            }
            CommentObject::ObjectRule(it) => {
                let (name, on) = (it.rule_ref()?, it.relation_name_ref()?);
                let id = self.named_part(Kind::Rule, name.syntax(), on.syntax(), false)?;
                return Some((id, name.syntax().clone()));
            }
            CommentObject::ObjectPolicy(it) => {
                let (name, on) = (it.policy_ref()?, it.table_name_ref()?);
                let id = self.named_part(Kind::Policy, name.syntax(), on.syntax(), false)?;
                return Some((id, name.syntax().clone()));
            }
            // None of these is in a catalog.
            CommentObject::ObjectAccessMethod(_)
            | CommentObject::ObjectCast(_)
            | CommentObject::ObjectConversion(_)
            | CommentObject::ObjectDatabase(_)
            | CommentObject::ObjectForeignDataWrapper(_)
            | CommentObject::ObjectLanguage(_)
            | CommentObject::ObjectLargeObject(_)
            | CommentObject::ObjectOperator(_)
            | CommentObject::ObjectOperatorClass(_)
            | CommentObject::ObjectOperatorFamily(_)
            | CommentObject::ObjectPropertyGraph(_)
            | CommentObject::ObjectRole(_)
            | CommentObject::ObjectServer(_)
            | CommentObject::ObjectSubscription(_)
            | CommentObject::ObjectTablespace(_)
            | CommentObject::ObjectTextSearchConfig(_)
            | CommentObject::ObjectTextSearchDict(_)
            | CommentObject::ObjectTextSearchParser(_)
            | CommentObject::ObjectTextSearchTemplate(_)
            | CommentObject::ObjectTransform(_) => return None,
        };
        Some((self.named(wanted, &node)?, node))
    }

    fn commented_routine(
        &mut self,
        which: Routines,
        name: &SyntaxNode,
        params: Option<ast::ParamList>,
    ) -> Option<(ObjectId, SyntaxNode)> {
        Some((self.routine_or_system(name, params.as_ref(), which)?, name.clone()))
    }

    fn commented_column(&mut self, it: &ast::ObjectColumn) -> Option<(ObjectId, SyntaxNode)> {
        let node = it.name()?.syntax().clone();
        let mut relation = parts(&node);
        let column = relation.pop()?;
        let found = match self.find_relation(&relation) {
            Found::Object(found) => found,
            Found::Elsewhere(_) => return None,
            Found::Nothing(name) => {
                self.missing(&ObjectId::new(Kind::Table, name.schema, name.name), &node);
                return None;
            }
        };
        let is_known = self.is_sure(&found);
        match found.kind {
            // Of a composite type only the comment on the whole is followed.
            Kind::Type => {
                self.effect(Verb::Alter, &found, &node);
                return None;
            }
            Kind::Index | Kind::Sequence if is_known => {
                self.invalid(format!("{found} has no columns that could have a comment"), &node);
                return None;
            }
            _ => {}
        }
        let id = ObjectId::part(Kind::Column, &found.owner(), column);
        if self.state.contains(&id) {
            return Some((id, node));
        }
        if is_known {
            self.missing(&id, &node);
        }
        None
    }

    fn commented_constraint(&mut self, it: &ast::ObjectConstraint) -> Option<(ObjectId, SyntaxNode)> {
        let node = it.constraint_name_ref()?.syntax().clone();
        let name = parts(&node).pop()?;
        let owner: ObjectId = match (it.domain_ref(), it.table_name_ref()) {
            (Some(domain), _) => self.named(Wanted::Domain, domain.syntax())?,
            (None, Some(table)) => match self.find_relation(&parts(table.syntax())) {
                Found::Object(id) => id,
                Found::Elsewhere(_) => return None,
                Found::Nothing(name) => {
                    self.missing(&ObjectId::new(Kind::Table, name.schema, name.name), table.syntax());
                    return None;
                }
            },
            (None, None) => return None,
        };
        let id = ObjectId::part(Kind::Constraint, &owner.owner(), name);
        if self.state.contains(&id) {
            return Some((id, node));
        }
        if !self.may_have_unlisted_constraint(&owner, &id.part) {
            self.missing(&id, &node);
        }
        None
    }

    /// Whether a table or domain may have a constraint of that name that no catalog tells: a constraint
    /// trigger has one, and from PostgreSQL 17 on NOT NULL has one.
    pub(crate) fn may_have_unlisted_constraint(&self, id: &ObjectId, name: &str) -> bool {
        let Some(entry) = self.state.get(id) else { return true };
        let owner = id.owner();
        entry.opaque.is_some()
            || matches!(&entry.object, Object::Domain(domain) if domain.not_null)
                && (name.contains("not_null") || self.state.inner_names(id).iter().any(|given| given == name))
            || self.state.contains(&ObjectId::part(Kind::Trigger, &owner, name))
            || self.may_be_not_null(&owner, name)
    }
}

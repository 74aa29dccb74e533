//! `GRANT` and `REVOKE`.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{FunctionKind, Kind, Object, ObjectId, Verb};

use super::{
    Fold,
    lookup::{Sought, Wanted},
    privileges::{self, Change, Class, Named, column_name},
    resolve::{Found, identifier, parts},
    role::Role,
    routine::Routines,
};

impl Fold {
    pub(crate) fn grant(&mut self, it: &ast::Grant) {
        let option = it.grant_with_clause().is_some_and(|with| with.grant_option().is_some());
        let change = Change::Grant { option };
        self.grants(it.on_privilege_objects_clause(), it.privileges(), it.role_ref_list(), change);
    }

    pub(crate) fn revoke(&mut self, it: &ast::Revoke) {
        let option_only = matches!(it.revoke_option_for(), Some(ast::RevokeOptionFor::GrantOptionFor(_)));
        let change = Change::Revoke { option_only };
        self.grants(it.on_privilege_objects_clause(), it.privileges(), it.role_ref_list(), change);
    }

    fn grants(
        &mut self,
        on: Option<ast::OnPrivilegeObjectsClause>,
        privileges: Option<ast::Privileges>,
        grantees: Option<ast::RoleRefList>,
        change: Change,
    ) {
        // Without objects it is about membership in roles, which are outside of the catalog.
        let Some(objects) = on.and_then(|on| on.privilege_objects()) else { return };
        let (Some(privileges), Some(grantees)) = (privileges, grantees) else { return };
        let Some((class, targets)) = self.targets(&objects) else { return };
        let Some(names) = self.privilege_names(&privileges, class) else { return };
        let grantees = self.grantees(&grantees, change);
        for target in targets {
            let verb = Verb::Alter;
            if target.by_schema {
                self.consequence(verb, &target.id, &target.node);
            } else {
                self.effect(verb, &target.id, &target.node);
            }
            self.change_grants(&target, class, &names, &grantees, change, &privileges);
        }
    }

    fn change_grants(
        &mut self,
        target: &Target,
        class: Class,
        names: &[Named],
        grantees: &[Role],
        change: Change,
        privileges: &ast::Privileges,
    ) {
        let mut whole = Vec::new();
        for named in names {
            match &named.columns {
                None => whole.push(named.privilege),
                Some(columns) => {
                    self.change_column_grants(&target.id, columns, named.privilege, grantees, change);
                }
            }
        }
        if class == Class::Table && target.id.kind == Kind::Sequence {
            // What a sequence does not have is ignored with a warning.
            if matches!(privileges, ast::Privileges::AllPrivileges(_)) {
                whole.push("usage");
            }
            whole.retain(|privilege| ["select", "update", "usage"].contains(privilege));
        } else if class == Class::Table && whole.contains(&"usage") {
            self.invalid("tables have no privilege usage", privileges.syntax());
            return;
        }
        self.change_entry_grants(&target.id, &whole, grantees, change);
        // A right to the whole table that is taken away is taken away from its columns as well.
        if class == Class::Table && matches!(change, Change::Revoke { .. }) {
            for column in self.column_ids(&target.id) {
                if self.state.get(&column).is_some_and(|entry| !entry.grants.is_empty()) {
                    self.change_entry_grants(&column, &whole, grantees, change);
                }
            }
        }
    }

    fn change_column_grants(
        &mut self,
        table: &ObjectId,
        columns: &[SyntaxNode],
        privilege: &'static str,
        grantees: &[Role],
        change: Change,
    ) {
        for node in columns {
            let column = ObjectId::part(Kind::Column, &table.owner(), column_name(node));
            if self.state.contains(&column) {
                self.effect(Verb::Alter, &column, node);
                self.change_entry_grants(&column, &[privilege], grantees, change);
            } else if self.is_sure(table) {
                self.missing(&column, node);
            }
        }
    }

    fn change_entry_grants(&mut self, id: &ObjectId, privileges: &[&str], grantees: &[Role], change: Change) {
        let owner = self.owner(id);
        for grantee in grantees {
            // What the owner may do is told of no object.
            if *grantee == owner || privileges.is_empty() {
                continue;
            }
            self.change(id, |entry| match grantee.name() {
                Some(name) => privileges::apply(&mut entry.grants, name, privileges, change),
                None => {
                    let reason = "rights of the role that runs the migrations, whose name is not known";
                    entry.opaque.get_or_insert_with(|| reason.to_owned());
                }
            });
        }
    }

    fn column_ids(&self, relation: &ObjectId) -> Vec<ObjectId> {
        let owner = relation.owner();
        let parts = self.state.catalog().parts(&owner);
        parts.map(|(id, _)| id).filter(|id| id.kind == Kind::Column).cloned().collect()
    }

    /// The objects that privileges are about; `None` for those outside of the catalog.
    fn targets(&mut self, objects: &ast::PrivilegeObjects) -> Option<(Class, Vec<Target>)> {
        use ast::PrivilegeObjects as It;
        let nodes = |nodes: &mut dyn Iterator<Item = SyntaxNode>| nodes.collect::<Vec<_>>();
        Some(match objects {
            It::PrivilegeTable(it) => {
                let names = nodes(&mut it.relation_name_refs().map(|name| name.syntax().clone()));
                (Class::Table, self.relation_targets(names))
            }
            It::PrivilegeDefault(it) => {
                let names = nodes(&mut it.relation_name_refs().map(|name| name.syntax().clone()));
                (Class::Table, self.relation_targets(names))
            }
            It::PrivilegeSequence(it) => {
                let names = nodes(&mut it.sequence_refs().map(|name| name.syntax().clone()));
                (Class::Sequence, self.named_targets(Wanted::Sequence, names))
            }
            It::PrivilegeType(it) => {
                let names = nodes(&mut it.type_name_refs().map(|name| name.syntax().clone()));
                (Class::Type, self.named_targets(Wanted::AnyType, names))
            }
            It::PrivilegeDomain(it) => {
                let names = nodes(&mut it.domain_refs().map(|name| name.syntax().clone()));
                (Class::Type, self.named_targets(Wanted::Domain, names))
            }
            It::PrivilegeSchema(it) => {
                let names = nodes(&mut it.schema_refs().map(|name| name.syntax().clone()));
                (Class::Schema, self.named_targets(Wanted::Schema, names))
            }
            It::PrivilegeFunction(it) => {
                let list: Vec<_> = it.function_sig_list()?.function_sigs().collect();
                let named = |it: ast::FunctionSig| {
                    it.function_name_ref().map(|name| (name.syntax().clone(), it.param_list()))
                };
                let routines = list.into_iter().filter_map(named).collect();
                (Class::Function, self.routine_targets(Routines::Functions, routines))
            }
            It::PrivilegeProcedure(it) => {
                let list: Vec<_> = it.procedure_sig_list()?.procedure_sigs().collect();
                let named = |it: ast::ProcedureSig| {
                    it.procedure_name_ref().map(|name| (name.syntax().clone(), it.param_list()))
                };
                let routines = list.into_iter().filter_map(named).collect();
                (Class::Function, self.routine_targets(Routines::Procedures, routines))
            }
            It::PrivilegeRoutine(it) => {
                let list: Vec<_> = it.routine_sig_list()?.routine_sigs().collect();
                let named = |it: ast::RoutineSig| {
                    it.routine_name_ref().map(|name| (name.syntax().clone(), it.param_list()))
                };
                let routines = list.into_iter().filter_map(named).collect();
                (Class::Function, self.routine_targets(Routines::All, routines))
            }
            It::PrivilegeAllTablesInSchema(it) => {
                let of = |id: &ObjectId, _: &Object| {
                    matches!(id.kind, Kind::Table | Kind::View | Kind::MaterializedView)
                };
                (Class::Table, self.all_in(it.schema_refs(), of))
            }
            It::PrivilegeAllSequencesInSchema(it) => {
                let of = |id: &ObjectId, _: &Object| id.kind == Kind::Sequence;
                (Class::Sequence, self.all_in(it.schema_refs(), of))
            }
            It::PrivilegeAllFunctionsInSchema(it) => {
                let of = |_: &ObjectId, object: &Object| matches!(object, Object::Function(it) if it.kind != FunctionKind::Procedure);
                (Class::Function, self.all_in(it.schema_refs(), of))
            }
            It::PrivilegeAllProceduresInSchema(it) => {
                let of = |_: &ObjectId, object: &Object| matches!(object, Object::Function(it) if it.kind == FunctionKind::Procedure);
                (Class::Function, self.all_in(it.schema_refs(), of))
            }
            It::PrivilegeAllRoutinesInSchema(it) => {
                let of = |id: &ObjectId, _: &Object| id.kind == Kind::Function;
                (Class::Function, self.all_in(it.schema_refs(), of))
            }
            // None of these is in a catalog.
            It::PrivilegeDatabase(_)
            | It::PrivilegeForeignDataWrapper(_)
            | It::PrivilegeForeignServer(_)
            | It::PrivilegeLanguage(_)
            | It::PrivilegeLargeObject(_)
            | It::PrivilegeParameter(_)
            | It::PrivilegePropertyGraph(_)
            | It::PrivilegeTablespace(_) => return None,
        })
    }

    /// Tables, views and sequences.
    fn relation_targets(&mut self, names: Vec<SyntaxNode>) -> Vec<Target> {
        let mut targets = Vec::new();
        for node in names {
            match self.find_relation(&parts(&node)) {
                Found::Object(id) if matches!(id.kind, Kind::Index | Kind::Type) => {
                    self.invalid(format!("nothing can be granted on {id} as on a table"), &node);
                }
                Found::Object(id) => targets.push(Target { id, node, by_schema: false }),
                Found::Elsewhere(_) => {}
                Found::Nothing(name) => {
                    self.missing(&ObjectId::new(Kind::Table, name.schema, name.name), &node);
                }
            }
        }
        targets
    }

    fn named_targets(&mut self, wanted: Wanted, names: Vec<SyntaxNode>) -> Vec<Target> {
        let mut targets = Vec::new();
        for node in names {
            if let Some(id) = self.named(wanted, &node) {
                targets.push(Target { id, node, by_schema: false });
            }
        }
        targets
    }

    fn routine_targets(
        &mut self,
        which: Routines,
        routines: Vec<(SyntaxNode, Option<ast::ParamList>)>,
    ) -> Vec<Target> {
        let mut targets = Vec::new();
        for (node, params) in routines {
            if let Some(id) = self.routine_or_system(&node, params.as_ref(), which) {
                targets.push(Target { id, node, by_schema: false });
            }
        }
        targets
    }

    fn all_in(
        &mut self,
        schemas: ast::AstChildren<ast::SchemaRef>,
        of: impl Fn(&ObjectId, &Object) -> bool,
    ) -> Vec<Target> {
        let mut targets = Vec::new();
        for schema in schemas {
            let node = schema.syntax();
            let name = identifier(node);
            match self.seek(Wanted::Schema, std::slice::from_ref(&name)) {
                Sought::Missing(id) => self.missing(&id, node),
                Sought::Object(id) => self.effect(Verb::Reference, &id, node),
                _ => {}
            }
            let catalog = self.state.catalog().iter();
            targets.extend(
                catalog
                    .filter(|(id, entry)| id.schema == name && of(id, &entry.object))
                    .map(|(id, _)| Target { id: *id, node: node.clone(), by_schema: true }),
            );
        }
        targets
    }
}

/// An object whose grants change.
struct Target {
    id: ObjectId,
    node: SyntaxNode,
    /// Whether the statement names its schema only.
    by_schema: bool,
}

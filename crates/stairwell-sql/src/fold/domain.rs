//! Domains and their constraints.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{
    Constraint, ConstraintRule, Domain, Expression, Kind, Object, ObjectId, QualifiedName, SqlType, Verb,
};

use super::{
    Fold,
    implicit_name::object_name,
    lookup::Wanted,
    query::{Scope, ScopeRelation},
    resolve::{identifier, parts, text},
    state::Strength,
};

impl Fold {
    pub(crate) fn create_domain(&mut self, it: &ast::CreateDomain) {
        let (Some(name), Some(ty)) = (it.domain(), it.ty()) else { return };
        let node = name.syntax().clone();
        let Some(id) = self.new_type(&node) else { return };
        let base = self.sql_type(&ty);
        let mut domain = Domain { base: base.clone(), not_null: false, default: None, collation: None };
        let (mut nullable, mut not_null_name): (Option<bool>, Option<String>) = (None, None);
        let (mut checks, mut uses, mut defaults) = (Vec::new(), Vec::new(), 0);
        for qualifier in it.domain_qualifiers() {
            let constraint = match qualifier {
                ast::DomainQualifier::Collate(collate) => {
                    let (collation, object) = self.collation(&collate);
                    domain.collation = collation;
                    uses.extend(object);
                    continue;
                }
                ast::DomainQualifier::Constraint(constraint) => constraint,
            };
            match &constraint {
                ast::Constraint::CheckConstraint(check) => checks.push(check.clone()),
                ast::Constraint::DefaultConstraint(default) => {
                    defaults += 1;
                    if defaults > 1 {
                        self.invalid("a domain has one default", default.syntax());
                    }
                    // `DEFAULT 'x' COLLATE "C"` is read as one expression.
                    let (expr, collate) = without_collation(default.expr());
                    if let Some(collate) = collate {
                        let (collation, object) = self.collation(&collate);
                        domain.collation = collation;
                        uses.extend(object);
                    }
                    if let Some(expr) = expr {
                        uses.extend(self.expression(&expr, &Scope::empty()).references);
                        domain.default = default_of(&expr, &base);
                    }
                }
                ast::Constraint::NotNullConstraint(it) => {
                    not_null_name = given_name(it).or(not_null_name);
                    self.set_nullable(&mut nullable, false, it.syntax());
                }
                ast::Constraint::NullConstraint(it) => self.set_nullable(&mut nullable, true, it.syntax()),
                other => {
                    self.invalid("a domain has no constraints but NOT NULL and CHECK", other.syntax());
                }
            }
        }
        domain.not_null = nullable == Some(false);
        if defaults == 0 {
            uses.extend(self.inherited_default(&mut domain));
        }
        if !self.is_free(&id, &node) {
            return;
        }
        self.create(&id, domain, &node);
        if let Some(name) = not_null_name {
            self.state.set_inner_names(&id, vec![name]);
        }
        self.depend_on(&id, &base);
        for on in uses {
            self.state.depend(&id, &on, Strength::Normal);
        }
        for check in checks {
            self.add_domain_check(&id, &check);
        }
    }

    /// The default of the domain below, with what it uses; NOT NULL stays the lower domain's.
    fn inherited_default(&self, domain: &mut Domain) -> Vec<ObjectId> {
        let below = self.type_object(&domain.base).filter(|_| !matches!(domain.base, SqlType::Array(_)));
        let Some(below) = below else { return Vec::new() };
        match self.state.get(&below).map(|entry| &entry.object) {
            Some(Object::Domain(it)) => domain.default.clone_from(&it.default),
            _ => return Vec::new(),
        }
        let uses = self.state.uses(&below).into_iter().map(|(on, _)| on);
        uses.filter(|on| matches!(on.kind, Kind::Function | Kind::Sequence)).collect()
    }

    fn set_nullable(&mut self, nullable: &mut Option<bool>, value: bool, node: &SyntaxNode) {
        if nullable.is_some_and(|before| before != value) {
            self.invalid("a domain is NULL or NOT NULL, not both", node);
        }
        *nullable = Some(value);
    }

    fn add_domain_check(&mut self, domain: &ObjectId, it: &ast::CheckConstraint) {
        let Some(expr) = it.expr() else { return };
        let owner: QualifiedName = domain.owner();
        let base = match self.state.get(domain).map(|entry| &entry.object) {
            Some(Object::Domain(domain)) => domain.base.clone(),
            _ => SqlType::Opaque,
        };
        let analysed = self.expression(&expr, &value_scope(base));
        let named = it.constraint_name_clause().and_then(|clause| clause.constraint_name());
        let node = named.as_ref().map_or_else(|| it.syntax().clone(), |name| name.syntax().clone());
        let name = match &named {
            Some(name) => identifier(name.syntax()),
            None => self.free_constraint_name(&owner.schema, &owner.name, None, "check"),
        };
        let id = ObjectId::part(Kind::Constraint, &owner, name);
        if !self.is_free(&id, &node) {
            return;
        }
        let condition = Expression(text(&expr));
        let rule = ConstraintRule::Check { condition, columns: std::collections::BTreeSet::new() };
        let mut constraint = Constraint::new(rule);
        constraint.validated =
            !it.constraint_options().any(|option| matches!(option, ast::ConstraintOption::NotValid(_)));
        self.create(&id, constraint, &node);
        for on in analysed.references {
            self.state.depend(&id, &on, Strength::Normal);
        }
    }

    pub(crate) fn alter_domain(&mut self, it: &ast::AlterDomain) {
        let Some(name) = it.domain_ref() else { return };
        let node = name.syntax().clone();
        let Some(id) = self.named(Wanted::Domain, &node) else { return };
        self.effect(Verb::Alter, &id, &node);
        match it.action() {
            Some(ast::AlterDomainAction::SetDefault(set)) => self.set_domain_default(&id, set.expr()),
            Some(ast::AlterDomainAction::DropDefault(_)) => self.set_domain_default(&id, None),
            Some(ast::AlterDomainAction::SetNotNull(_)) => self.set_domain_not_null(&id, None, &node),
            Some(ast::AlterDomainAction::DropNotNull(_)) => {
                self.change_domain(&id, |domain| domain.not_null = false);
            }
            Some(ast::AlterDomainAction::AddConstraint(add)) => match add.constraint() {
                Some(ast::Constraint::CheckConstraint(check)) => {
                    let not_valid =
                        |it: ast::ConstraintOption| matches!(it, ast::ConstraintOption::NotValid(_));
                    let unchecked = check.constraint_options().any(not_valid);
                    if unchecked || self.values_can_be_checked(&id, &node) {
                        self.add_domain_check(&id, &check);
                    }
                }
                // PostgreSQL 17 and newer.
                Some(ast::Constraint::NotNullConstraint(it)) => {
                    self.set_domain_not_null(&id, given_name(&it), &node);
                }
                Some(other) => {
                    self.invalid("a domain has no constraints but NOT NULL and CHECK", other.syntax());
                }
                None => {}
            },
            Some(ast::AlterDomainAction::DropConstraint(drop)) => self.drop_domain_constraint(&id, &drop),
            Some(ast::AlterDomainAction::RenameConstraint(rename)) => {
                self.rename_domain_constraint(&id, &rename);
            }
            Some(ast::AlterDomainAction::ValidateConstraint(validate)) => {
                let Some(name) = validate.constraint_name_ref() else { return };
                if let Some(constraint) = self.domain_constraint(&id, name.syntax(), false)
                    && self.values_can_be_checked(&id, &node)
                {
                    self.effect(Verb::Alter, &constraint, name.syntax());
                    self.change(&constraint, |entry| {
                        if let Object::Constraint(it) = &mut entry.object {
                            it.validated = true;
                        }
                    });
                }
            }
            Some(ast::AlterDomainAction::DomainRenameTo(rename)) => {
                if let Some(name) = rename.domain() {
                    self.rename_to(&id, name.syntax());
                }
            }
            Some(ast::AlterDomainAction::SetSchema(set)) => self.move_to(&id, &set),
            Some(ast::AlterDomainAction::OwnerTo(owner)) => self.change_owner(&id, &owner),
            None => {}
        }
    }

    fn set_domain_not_null(&mut self, id: &ObjectId, name: Option<String>, node: &SyntaxNode) {
        if self.values_can_be_checked(id, node) {
            self.state.set_inner_names(id, name.into_iter().collect());
            self.change_domain(id, |domain| domain.not_null = true);
        }
    }

    /// Whether PostgreSQL finds every value of the domain, to check it; in arrays and the like it does not.
    fn values_can_be_checked(&mut self, id: &ObjectId, node: &SyntaxNode) -> bool {
        let Some(column) = self.column_containing(&id.owner(), false) else { return true };
        if self.is_sure(id) {
            self.invalid(format!("values of {id} within those of {column} cannot be checked"), node);
        }
        false
    }

    fn change_domain(&mut self, id: &ObjectId, change: impl FnOnce(&mut Domain)) {
        self.change(id, |entry| {
            if let Object::Domain(domain) = &mut entry.object {
                change(domain);
            }
        });
    }

    fn set_domain_default(&mut self, id: &ObjectId, expr: Option<ast::Expr>) {
        let base = match self.state.get(id).map(|entry| &entry.object) {
            Some(Object::Domain(domain)) => domain.base.clone(),
            _ => return,
        };
        // Apart from its default a domain uses nothing but its base and its collation.
        for (on, _) in self.state.uses(id) {
            if matches!(on.kind, Kind::Function | Kind::Sequence) {
                self.state.release(id, &on);
            }
        }
        let references = match &expr {
            Some(expr) => self.expression(expr, &Scope::empty()).references,
            None => std::collections::BTreeSet::new(),
        };
        let default = expr.and_then(|expr| default_of(&expr, &base));
        if default.is_some() {
            for on in references {
                self.state.depend(id, &on, Strength::Normal);
            }
        }
        self.change_domain(id, |domain| domain.default = default);
    }

    fn drop_domain_constraint(&mut self, id: &ObjectId, it: &ast::DropConstraint) {
        let Some(name) = it.constraint_name_ref() else { return };
        let cascade = matches!(it.drop_behavior(), Some(ast::DropBehavior::Cascade(_)));
        let quiet = it.if_exists().is_some();
        if parts(name.syntax()).pop().is_some_and(|name| self.is_not_null_of_domain(id, &name)) {
            self.change_domain(id, |domain| domain.not_null = false);
            return;
        }
        if let Some(constraint) = self.domain_constraint(id, name.syntax(), quiet) {
            self.drop_object(&constraint, cascade, name.syntax());
        }
    }

    fn rename_domain_constraint(&mut self, id: &ObjectId, it: &ast::RenameConstraint) {
        let (Some(from), Some(to)) = (it.constraint_name_ref(), it.constraint_name()) else { return };
        let Some(constraint) = self.domain_constraint(id, from.syntax(), false) else { return };
        self.effect(Verb::Alter, &constraint, from.syntax());
        let to_id = ObjectId::part(Kind::Constraint, &id.owner(), identifier(to.syntax()));
        if self.is_free(&to_id, to.syntax()) {
            self.rename(&constraint, &to_id, to.syntax());
        }
    }

    fn domain_constraint(&mut self, domain: &ObjectId, node: &SyntaxNode, quiet: bool) -> Option<ObjectId> {
        let name = parts(node).pop()?;
        let id = ObjectId::part(Kind::Constraint, &domain.owner(), name);
        if self.state.contains(&id) {
            return Some(id);
        }
        if !quiet && !self.may_have_unlisted_constraint(domain, &id.part) {
            self.missing(&id, node);
        }
        None
    }
}

impl Fold {
    /// Whether this is the name of the domain's NOT NULL constraint, as PostgreSQL 17 and newer have it.
    fn is_not_null_of_domain(&self, id: &ObjectId, name: &str) -> bool {
        let Some(Object::Domain(domain)) = self.state.get(id).map(|entry| &entry.object) else {
            return false;
        };
        let given = self.state.inner_names(id).iter().any(|given| given == name);
        let is_constraint = self.state.contains(&ObjectId::part(Kind::Constraint, &id.owner(), name));
        domain.not_null && !is_constraint && (given || object_name(&id.name, None, "not_null") == name)
    }
}

/// The name that is given to NOT NULL.
fn given_name(it: &ast::NotNullConstraint) -> Option<String> {
    let name = it.constraint_name_clause()?.constraint_name()?;
    Some(identifier(name.syntax()))
}

/// What a check of a domain can see: the word VALUE.
fn value_scope(base: SqlType) -> Scope {
    Scope {
        relations: vec![ScopeRelation {
            alias: String::new(),
            relation: None,
            columns: vec![("value".to_owned(), base)],
            opaque: false,
        }],
        variables: false,
    }
}

/// The expression before `COLLATE`, which in a column or domain is a clause of its own.
fn without_collation(expr: Option<ast::Expr>) -> (Option<ast::Expr>, Option<ast::Collate>) {
    match expr {
        Some(ast::Expr::Collate(collate)) => (collate.expr(), Some(collate)),
        expr => (expr, None),
    }
}

/// The default as PostgreSQL keeps it: NULL is none.
fn default_of(expr: &ast::Expr, base: &SqlType) -> Option<Expression> {
    let mut inner = expr.clone();
    let mut cast = false;
    loop {
        inner = match &inner {
            ast::Expr::ParenExpr(paren) => match paren.expr() {
                Some(expr) => expr,
                None => break,
            },
            ast::Expr::CastExpr(it) => {
                cast = true;
                match it.expr() {
                    Some(expr) => expr,
                    None => break,
                }
            }
            _ => break,
        };
    }
    let is_null = matches!(&inner, ast::Expr::Literal(literal) if text(literal).eq_ignore_ascii_case("null"));
    // With a modifier, the cast to the domain's base is a call that PostgreSQL keeps.
    let kept = cast && base.to_string().contains('(');
    (!is_null || kept).then(|| Expression(text(expr)))
}

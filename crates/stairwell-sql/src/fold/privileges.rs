//! What can be granted on which class of objects, and how grants change.

use squawk_syntax::{
    SyntaxKind, SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::Grants;

use super::{Fold, resolve::identifier, role::Role};

/// Objects of one class have the same privileges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Tables, views, materialised views.
    Table,
    /// Columns.
    Column,
    /// Sequences.
    Sequence,
    /// Functions, procedures, aggregates.
    Function,
    /// Schemas.
    Schema,
    /// Types and domains.
    Type,
}

impl Class {
    /// Everything that can be granted.
    fn privileges(self) -> &'static [&'static str] {
        match self {
            Self::Table => &["delete", "insert", "references", "select", "trigger", "truncate", "update"],
            Self::Column => &["insert", "references", "select", "update"],
            Self::Sequence => &["select", "update", "usage"],
            Self::Function => &["execute"],
            Self::Schema => &["create", "usage"],
            Self::Type => &["usage"],
        }
    }

    /// What everybody has on a new object.
    pub(crate) fn usual_grants(self) -> Grants {
        let usual = match self {
            Self::Function => "execute",
            Self::Type => "usage",
            _ => return Grants::new(),
        };
        let mut grants = Grants::new();
        grants.entry("PUBLIC".to_owned()).or_default().insert(usual.to_owned(), false);
        grants
    }

    /// The word for its objects.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Table => "tables",
            Self::Column => "columns",
            Self::Sequence => "sequences",
            Self::Function => "functions",
            Self::Schema => "schemas",
            Self::Type => "types",
        }
    }
}

/// Whether something is granted or revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// `GRANT`.
    Grant {
        /// `WITH GRANT OPTION`.
        option: bool,
    },
    /// `REVOKE`.
    Revoke {
        /// `GRANT OPTION FOR`.
        option_only: bool,
    },
}

/// A privilege, and the columns that it is for if not for the whole object.
pub(crate) struct Named {
    pub(crate) privilege: &'static str,
    pub(crate) columns: Option<Vec<SyntaxNode>>,
}

/// Changes what `grantee` may do.
pub(crate) fn apply(grants: &mut Grants, grantee: &str, privileges: &[&str], change: Change) {
    let granted = grants.entry(grantee.to_owned()).or_default();
    for privilege in privileges {
        match change {
            Change::Grant { option } => *granted.entry((*privilege).to_owned()).or_default() |= option,
            Change::Revoke { option_only: false } => {
                granted.remove(*privilege);
            }
            Change::Revoke { option_only: true } => {
                if let Some(option) = granted.get_mut(*privilege) {
                    *option = false;
                }
            }
        }
    }
    if granted.is_empty() {
        grants.remove(grantee);
    }
}

impl Fold {
    /// The privileges by name; `None` if the class has no such privilege, which is a problem.
    pub(crate) fn privilege_names(&mut self, node: &ast::Privileges, class: Class) -> Option<Vec<Named>> {
        let columns = |list: Option<ast::ColumnRefList>| {
            list.map(|list| list.column_name_refs().map(|column| column.syntax().clone()).collect::<Vec<_>>())
        };
        let all = |columns: Option<Vec<SyntaxNode>>| {
            let class = if columns.is_some() { Class::Column } else { class };
            class.privileges().iter().map(move |privilege| Named { privilege, columns: columns.clone() })
        };
        let commands = match node {
            ast::Privileges::AllPrivileges(it) => return Some(all(columns(it.column_ref_list())).collect()),
            ast::Privileges::RevokeCommandList(list) => list.revoke_commands(),
        };
        let mut named = Vec::new();
        for command in commands {
            let columns = columns(command.column_ref_list());
            let class = if columns.is_some() { Class::Column } else { class };
            match first_word(command.syntax()).as_str() {
                "all" => named.extend(all(columns)),
                // PostgreSQL 17 and newer, whose `ALL` it is part of. It is told by no catalog, so that what
                // was granted does not depend on the server's age.
                "maintain" if class == Class::Table => {}
                word => match self.privilege(word, class, command.syntax()) {
                    Some(privilege) => named.push(Named { privilege, columns }),
                    None => return None,
                },
            }
        }
        Some(named)
    }

    fn privilege(&mut self, word: &str, class: Class, node: &SyntaxNode) -> Option<&'static str> {
        let find = |class: Class| class.privileges().iter().copied().find(|privilege| *privilege == word);
        // A statement about tables may be about sequences, which is only known object by object.
        let found = find(class).or_else(|| if class == Class::Table { find(Class::Sequence) } else { None });
        if found.is_none() {
            self.invalid(format!("{} have no privilege {word}", class.word()), node);
        }
        found
    }

    /// The roles of a list.
    pub(crate) fn grantees(&mut self, list: &ast::RoleRefList, change: Change) -> Vec<Role> {
        let mut grantees = Vec::new();
        for role in list.role_refs() {
            let grantee = self.role(&role);
            if grantee == Role::Public && matches!(change, Change::Grant { option: true }) {
                self.invalid("grant options can only be granted to roles, not to PUBLIC", role.syntax());
                continue;
            }
            grantees.push(grantee);
        }
        grantees
    }
}

/// The first word of a node in lower case.
fn first_word(node: &SyntaxNode) -> String {
    let first = node
        .descendants_with_tokens()
        .filter_map(|element| element.into_token())
        .find(|token| !matches!(token.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT));
    first.map(|token| token.text().trim_matches('"').to_ascii_lowercase()).unwrap_or_default()
}

/// The columns of a list by name.
pub(crate) fn column_name(node: &SyntaxNode) -> String {
    identifier(node)
}

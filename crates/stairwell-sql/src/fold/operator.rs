//! Operators, operator classes and operator families.

use squawk_syntax::ast::{self, AstNode};
use stairwell_catalog::{Kind, ObjectId, Plain, QualifiedName};

use super::{
    Fold,
    resolve::{identifier, parts, text},
    state::Strength,
};

/// The parts of an operator's name.
fn operator_parts(op: &ast::Op) -> Vec<String> {
    let name: String = text(op).split_whitespace().collect();
    match op.syntax().children().find_map(ast::PathRef::cast) {
        // No operator has a dot in its name.
        Some(schema) => {
            let mut parts = parts(schema.syntax());
            parts.retain(|part| !part.is_empty());
            parts.push(name.rsplit('.').next().unwrap_or_default().to_owned());
            parts
        }
        None => vec![name],
    }
}

fn method(using: Option<ast::UsingMethod>) -> Option<String> {
    Some(identifier(using?.access_method_ref()?.syntax()))
}

impl Fold {
    pub(crate) fn create_operator(&mut self, it: &ast::CreateOperator) {
        let (Some(op), Some(list)) = (it.op(), it.attribute_list()) else { return };
        let name = self.new_name(&operator_parts(&op));
        let (mut left, mut right) = ("NONE".to_owned(), "NONE".to_owned());
        let mut uses = Vec::new();
        let mut definition = Vec::new();
        for option in list.attribute_options() {
            let Some(attribute) = option.name().map(|name| identifier(name.syntax())) else { continue };
            let value = option.attribute_value();
            match attribute.as_str() {
                "leftarg" | "rightarg" => {
                    let Some(ty) = value.and_then(|value| value.ty()) else { return };
                    let ty = self.bare_type(Some(ty));
                    if ty.is_opaque() {
                        self.unseen("the type of an operand is not known", it.syntax());
                        return;
                    }
                    uses.extend(self.type_object(&ty));
                    *(if attribute == "leftarg" { &mut left } else { &mut right }) = ty.to_string();
                }
                _ => {
                    if let Some(value) =
                        value.filter(|_| matches!(attribute.as_str(), "function" | "procedure"))
                    {
                        uses.extend(self.function_named(value.syntax()));
                    }
                    definition.push(text(&option));
                }
            }
        }
        let id = ObjectId::operator(&name, left, right);
        let operator = Plain::new().with_text("definition", definition.join(", "));
        self.make(&id, operator, &uses, op.syntax());
    }

    fn operator_of(&mut self, sig: &ast::OpSig, quiet: bool) -> Option<ObjectId> {
        let op = sig.op()?;
        let left = match sig.none_token() {
            Some(_) => "NONE".to_owned(),
            None => self.bare_type(sig.lhs()).to_string(),
        };
        // Where the left operand is NONE the only type is the right one.
        let right = sig.rhs().or_else(|| sig.syntax().children().filter_map(ast::Type::cast).last());
        let right = self.bare_type(right).to_string();
        let candidates = self.candidates(&operator_parts(&op)).into_iter();
        let ids = candidates.map(|name| ObjectId::operator(&name, &left, &right)).collect();
        self.made_of(ids, sig.syntax(), quiet)
    }

    pub(crate) fn alter_operator(&mut self, it: &ast::AlterOperator) {
        let (Some(sig), Some(action)) = (it.op_sig(), it.action()) else { return };
        let Some(id) = self.operator_of(&sig, false) else { return };
        if !self.alter_name_or_owner(&id, action.syntax()) {
            self.alter_plain(&id, sig.syntax(), |it| *it = std::mem::take(it).with_opaque("definition"));
        }
    }

    pub(crate) fn drop_operator(&mut self, it: &ast::DropOperator) {
        let quiet = it.if_exists().is_some();
        let mut named = Vec::new();
        for sig in it.op_sig_list().iter().flat_map(ast::OpSigList::op_sigs) {
            named.push((self.operator_of(&sig, quiet), sig.syntax().clone()));
        }
        self.drop_made(named, it.drop_behavior(), it.syntax());
    }

    pub(crate) fn create_operator_class(&mut self, it: &ast::CreateOperatorClass) {
        let (Some(name), Some(method)) = (it.op_class_name(), method(it.using_method())) else { return };
        let node = name.syntax();
        let name = self.new_name(&parts(node));
        let id = ObjectId::operator_class(&name, &*method);
        let ty = self.bare_type(it.ty());
        let mut uses: Vec<ObjectId> = self.type_object(&ty).into_iter().collect();
        uses.extend(self.made(
            Kind::AccessMethod,
            &it.using_method().map_or(node.clone(), |it| {
                it.access_method_ref().map_or(node.clone(), |it| it.syntax().clone())
            }),
            true,
        ));
        let options = it.operator_class_option_list();
        if let Some(options) = &options {
            uses.extend(self.used_by_class(options));
        }
        let family = match it.operator_family_clause().and_then(|clause| clause.op_family_ref()) {
            Some(family) => self.made_in_schema(Kind::OperatorFamily, family.syntax(), &method, false),
            None => {
                let family = ObjectId::operator_family(&name, &*method);
                if !self.state.contains(&family)
                    && !self.state.contains(&id)
                    && self.schema_exists(&family.schema)
                {
                    self.create_along(&family, Plain::new(), node);
                }
                Some(family).filter(|family| self.state.contains(family))
            }
        };
        let default = if it.default_token().is_some() { "default " } else { "" };
        let options = options.map(|it| text(&it)).unwrap_or_default();
        let definition = format!("{default}for type {ty} {options}");
        if self.make(&id, Plain::new().with_text("definition", definition), &uses, node)
            && let Some(family) = family
        {
            self.state.depend(&id, &family, Strength::Auto);
        }
    }

    /// The functions and operators that a class or a family names.
    fn used_by_class(&mut self, options: &ast::OperatorClassOptionList) -> Vec<ObjectId> {
        let mut uses = Vec::new();
        for node in options.syntax().descendants() {
            if let Some(sig) = ast::FunctionSig::cast(node.clone()) {
                uses.extend(self.function_of(Some(sig)));
            } else if let Some(sig) = ast::OpSig::cast(node) {
                uses.extend(self.operator_of(&sig, true));
            }
        }
        uses
    }

    pub(crate) fn create_operator_family(&mut self, it: &ast::CreateOperatorFamily) {
        let (Some(name), Some(method)) = (it.op_family_name(), method(it.using_method())) else { return };
        let qualified: QualifiedName = self.new_name(&parts(name.syntax()));
        self.make(&ObjectId::operator_family(&qualified, method), Plain::new(), &[], name.syntax());
    }

    pub(crate) fn alter_operator_class(&mut self, it: &ast::AlterOperatorClass) {
        let (Some(name), Some(method)) = (it.op_class_ref(), method(it.using_method())) else { return };
        let Some(id) = self.made_in_schema(Kind::OperatorClass, name.syntax(), &method, false) else {
            return;
        };
        if let Some(action) = it.action() {
            self.alter_name_or_owner(&id, action.syntax());
        }
    }

    pub(crate) fn alter_operator_family(&mut self, it: &ast::AlterOperatorFamily) {
        let (Some(name), Some(method)) = (it.op_family_ref(), method(it.using_method())) else { return };
        let Some(id) = self.made_in_schema(Kind::OperatorFamily, name.syntax(), &method, false) else {
            return;
        };
        let Some(action) = it.action() else { return };
        if !self.alter_name_or_owner(&id, action.syntax()) {
            // What is left of it, only the server can tell.
            self.alter_plain(&id, name.syntax(), |it| *it = std::mem::take(it).with_opaque("definition"));
        }
    }

    pub(crate) fn drop_operator_class(&mut self, it: &ast::DropOperatorClass) {
        let (Some(name), Some(method)) = (it.op_class_ref(), method(it.using_method())) else { return };
        let quiet = it.if_exists().is_some();
        let id = self.made_in_schema(Kind::OperatorClass, name.syntax(), &method, quiet);
        self.drop_made(vec![(id, name.syntax().clone())], it.drop_behavior(), it.syntax());
    }

    pub(crate) fn drop_operator_family(&mut self, it: &ast::DropOperatorFamily) {
        let (Some(name), Some(method)) = (it.op_family_ref(), method(it.using_method())) else { return };
        let quiet = it.if_exists().is_some();
        let id = self.made_in_schema(Kind::OperatorFamily, name.syntax(), &method, quiet);
        self.drop_made(vec![(id, name.syntax().clone())], it.drop_behavior(), it.syntax());
    }
}

//! What turns values into others: casts, conversions between encodings, transforms.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, ObjectId, Plain, SqlType};

use super::{
    Fold,
    resolve::{identifier, parts, text},
    routine::bare,
};

impl Fold {
    /// The type as a name tells it, without its modifier.
    pub(crate) fn bare_type(&mut self, ty: Option<ast::Type>) -> SqlType {
        ty.map_or(SqlType::Opaque, |ty| bare(self.sql_type(&ty)))
    }

    /// The identity of a cast, and the objects behind its types; `None` if the types are not known.
    fn cast_of(&mut self, sig: &ast::CastSig) -> Option<(ObjectId, Vec<ObjectId>)> {
        let (from, to) = (self.bare_type(sig.lhs()), self.bare_type(sig.rhs()));
        if from.is_opaque() || to.is_opaque() {
            return None;
        }
        let uses = [&from, &to].into_iter().filter_map(|ty| self.type_object(ty)).collect();
        Some((ObjectId::cast(from, to), uses))
    }

    pub(crate) fn create_cast(&mut self, it: &ast::CreateCast) {
        let Some(sig) = it.cast_sig() else { return };
        let Some((id, mut uses)) = self.cast_of(&sig) else { return };
        if let Some(ast::CastMethod::WithFunction(function)) = it.cast_method() {
            uses.extend(self.function_of(function.function_sig()));
        }
        let clauses = [it.cast_method().map(|it| text(&it)), it.cast_context().map(|it| text(&it))];
        let definition = clauses.into_iter().flatten().collect::<Vec<_>>().join(" ");
        self.make(&id, Plain::new().with_text("definition", definition), &uses, sig.syntax());
    }

    pub(crate) fn drop_cast(&mut self, it: &ast::DropCast) {
        let Some(sig) = it.cast_sig() else { return };
        let id = self.cast_of(&sig).map(|(id, _)| id);
        let id = id.and_then(|id| self.made_of(vec![id], sig.syntax(), it.if_exists().is_some()));
        self.drop_made(vec![(id, sig.syntax().clone())], it.drop_behavior(), it.syntax());
    }

    pub(crate) fn create_conversion(&mut self, it: &ast::CreateConversion) {
        let (Some(name), Some(function)) = (it.conversion(), it.function_name_ref()) else { return };
        let node = name.syntax();
        let name = self.new_name(&parts(node));
        let id = ObjectId::new(Kind::Conversion, name.schema, name.name);
        let used = self.function_named(function.syntax());
        let default = if it.default_token().is_some() { "default " } else { "" };
        let encoding = |it: Option<ast::Literal>| it.map(|it| text(&it)).unwrap_or_default();
        let definition =
            format!("{default}for {} to {} from {}", encoding(it.for_()), encoding(it.to()), text(&function));
        self.make(&id, Plain::new().with_text("definition", definition), used.as_slice(), node);
    }

    pub(crate) fn alter_conversion(&mut self, it: &ast::AlterConversion) {
        let (Some(name), Some(action)) = (it.conversion_ref(), it.action()) else { return };
        if let Some(id) = self.made_in_schema(Kind::Conversion, name.syntax(), "", false) {
            self.alter_name_or_owner(&id, action.syntax());
        }
    }

    fn transform_of(
        &mut self,
        ty: Option<ast::Type>,
        language: &SyntaxNode,
    ) -> Option<(ObjectId, Vec<ObjectId>)> {
        let ty = self.bare_type(ty);
        if ty.is_opaque() {
            return None;
        }
        let mut uses: Vec<ObjectId> = self.type_object(&ty).into_iter().collect();
        uses.extend(self.made(Kind::Language, language, true));
        Some((ObjectId::transform(ty, identifier(language)), uses))
    }

    pub(crate) fn create_transform(&mut self, it: &ast::CreateTransform) {
        let Some(language) = it.language_ref() else { return };
        let Some((id, mut uses)) = self.transform_of(it.ty(), language.syntax()) else { return };
        let mut functions = Vec::new();
        for function in it.transform_funcs() {
            functions.push(text(&function));
            uses.extend(self.function_of(match function {
                ast::TransformFunc::TransformFromFunc(it) => it.function_sig(),
                ast::TransformFunc::TransformToFunc(it) => it.function_sig(),
            }));
        }
        let transform = Plain::new().with_text("definition", functions.join(", "));
        if it.or_replace().is_some() && self.state.contains(&id) {
            self.alter_plain(&id, language.syntax(), |it| *it = transform);
            return;
        }
        self.make(&id, transform, &uses, language.syntax());
    }

    pub(crate) fn drop_transform(&mut self, it: &ast::DropTransform) {
        let Some(language) = it.language_ref() else { return };
        let id = self.transform_of(it.ty(), language.syntax()).map(|(id, _)| id);
        let id = id.and_then(|id| self.made_of(vec![id], language.syntax(), it.if_exists().is_some()));
        self.drop_made(vec![(id, language.syntax().clone())], it.drop_behavior(), it.syntax());
    }
}

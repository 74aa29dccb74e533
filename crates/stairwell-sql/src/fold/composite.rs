//! Composite types and their attributes; tables of such a type have these as columns.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Attribute, Column, Composite, Kind, Object, ObjectId, QualifiedName, Verb};

use super::{Fold, resolve::identifier, state::Strength};

impl Fold {
    pub(crate) fn create_composite(&mut self, id: &ObjectId, it: &ast::CompositeType, node: &SyntaxNode) {
        let mut attributes: Vec<Attribute> = Vec::new();
        let mut collations = Vec::new();
        for field in it.composite_field_list().into_iter().flat_map(|list| list.composite_field_defs()) {
            let (Some(name), Some(ty)) = (field.name(), field.ty()) else { continue };
            let attribute = identifier(name.syntax());
            if attributes.iter().any(|other| other.name == attribute) {
                self.invalid(format!("{id} has the attribute {attribute} twice"), name.syntax());
                continue;
            }
            let ty = self.sql_type(&ty);
            let (collation, object) = match field.collate() {
                Some(collate) => self.collation(&collate),
                None => (None, None),
            };
            collations.extend(object);
            attributes.push(Attribute { name: attribute, ty, collation });
        }
        if !self.is_free(id, node) {
            return;
        }
        let types: Vec<_> = attributes.iter().map(|attribute| attribute.ty.clone()).collect();
        self.create(id, Composite { attributes }, node);
        for ty in types {
            self.depend_on(id, &ty);
        }
        for collation in collations {
            self.state.depend(id, &collation, Strength::Normal);
        }
    }

    /// The attributes, if it is a composite type.
    fn attributes(&mut self, id: &ObjectId, node: &SyntaxNode) -> Option<Vec<Attribute>> {
        match self.state.get(id).map(|entry| &entry.object) {
            Some(Object::Composite(it)) => Some(it.attributes.clone()),
            _ => {
                if self.is_sure(id) {
                    self.invalid(format!("{id} is no composite type"), node);
                }
                None
            }
        }
    }

    fn set_attributes(&mut self, id: &ObjectId, attributes: Vec<Attribute>) {
        // What the attributes before depended on may be used by none of them any more.
        for (on, _) in self.state.uses(id) {
            if matches!(
                on.kind,
                Kind::Type | Kind::Table | Kind::View | Kind::MaterializedView | Kind::Extension
            ) {
                self.state.release(id, &on);
            }
        }
        for attribute in &attributes {
            self.depend_on(id, &attribute.ty);
        }
        self.change(id, |entry| {
            if let Object::Composite(it) = &mut entry.object {
                it.attributes = attributes;
            }
        });
    }

    /// The tables of this type (`CREATE TABLE … OF`), which change with it; a problem without `CASCADE`.
    fn typed_tables(
        &mut self,
        id: &ObjectId,
        behavior: Option<ast::DropBehavior>,
        node: &SyntaxNode,
    ) -> Option<Vec<QualifiedName>> {
        let mut tables = Vec::new();
        for table in self.state.dependents(id) {
            if let Some(Object::Table(it)) = self.state.get(&table).map(|entry| &entry.object)
                && it.of_type.as_ref() == Some(&id.owner())
            {
                tables.push(table);
            }
        }
        if !tables.is_empty() && !matches!(behavior, Some(ast::DropBehavior::Cascade(_))) {
            if tables.iter().any(|table| self.is_sure(table)) {
                self.invalid(format!("{id} is the type of a table, which only CASCADE changes too"), node);
            }
            return None;
        }
        Some(tables.iter().map(ObjectId::owner).collect())
    }

    pub(crate) fn alter_attribute(&mut self, id: &ObjectId, it: &ast::AlterTypeAttributeAction) {
        match it {
            ast::AlterTypeAttributeAction::AddAttribute(it) => self.add_attribute(id, it),
            ast::AlterTypeAttributeAction::DropAttribute(it) => self.drop_attribute(id, it),
            ast::AlterTypeAttributeAction::AlterAttribute(it) => self.change_attribute(id, it),
        }
    }

    fn add_attribute(&mut self, id: &ObjectId, it: &ast::AddAttribute) {
        let Some(mut attributes) = self.attributes(id, it.syntax()) else { return };
        let (Some(name), Some(ty)) = (it.composite_field(), it.ty()) else { return };
        let node = name.syntax();
        let name = identifier(node);
        let Some(tables) = self.typed_tables(id, it.drop_behavior(), node) else { return };
        if attributes.iter().any(|attribute| attribute.name == name) {
            if self.is_sure(id) {
                self.invalid(format!("{id} has the attribute {name} already"), node);
            }
            return;
        }
        let ty = self.sql_type(&ty);
        let (collation, _) = match it.collate() {
            Some(collate) => self.collation(&collate),
            None => (None, None),
        };
        attributes.push(Attribute { name: name.clone(), ty: ty.clone(), collation: collation.clone() });
        self.set_attributes(id, attributes);
        for table in tables {
            let column = ObjectId::part(Kind::Column, &table, name.clone());
            let last = self.state.catalog().columns(&table).last().map_or(0, |(_, column)| column.position);
            let mut new = Column::new(last + 1, ty.clone());
            new.collation.clone_from(&collation);
            self.create_along(&column, new, node);
            self.depend_on_type(&column, &ty);
        }
    }

    fn drop_attribute(&mut self, id: &ObjectId, it: &ast::DropAttribute) {
        let Some(mut attributes) = self.attributes(id, it.syntax()) else { return };
        let Some(name) = it.composite_field_ref() else { return };
        let node = name.syntax();
        let name = identifier(node);
        let Some(index) = attributes.iter().position(|attribute| attribute.name == name) else {
            if it.if_exists().is_none() && self.is_sure(id) {
                self.invalid(format!("{id} has no attribute {name}"), node);
            }
            return;
        };
        let Some(tables) = self.typed_tables(id, it.drop_behavior(), node) else { return };
        attributes.remove(index);
        self.set_attributes(id, attributes);
        for table in tables {
            self.drop_object(&ObjectId::part(Kind::Column, &table, name.clone()), true, node);
        }
    }

    fn change_attribute(&mut self, id: &ObjectId, it: &ast::AlterAttribute) {
        let Some(mut attributes) = self.attributes(id, it.syntax()) else { return };
        let (Some(name), Some(ty)) = (it.composite_field_ref(), it.ty()) else { return };
        let node = name.syntax();
        let name = identifier(node);
        let Some(tables) = self.typed_tables(id, it.drop_behavior(), node) else { return };
        if let Some(column) = self.column_containing(&id.owner(), true) {
            if self.is_sure(id) {
                self.invalid(format!("{column} has values of {id}, which cannot be converted"), node);
            }
            return;
        }
        let ty = self.sql_type(&ty);
        let (collation, _) = match it.collate() {
            Some(collate) => self.collation(&collate),
            None => (None, None),
        };
        let Some(attribute) = attributes.iter_mut().find(|attribute| attribute.name == name) else {
            if self.is_sure(id) {
                self.invalid(format!("{id} has no attribute {name}"), node);
            }
            return;
        };
        attribute.ty = ty.clone();
        attribute.collation.clone_from(&collation);
        self.set_attributes(id, attributes);
        for table in tables {
            let column = ObjectId::part(Kind::Column, &table, name.clone());
            self.consequence(Verb::Alter, &column, node);
            let before = self.own_column(&table, &name).and_then(|column| self.type_object(&column.ty));
            if let Some(before) = before {
                self.state.release(&column, &before);
            }
            self.change(&column, |entry| {
                if let Object::Column(column) = &mut entry.object {
                    column.ty = ty.clone();
                    column.collation.clone_from(&collation);
                }
            });
            self.depend_on_type(&column, &ty);
        }
    }

    pub(crate) fn rename_attribute(&mut self, id: &ObjectId, it: &ast::RenameAttribute) {
        let Some(mut attributes) = self.attributes(id, it.syntax()) else { return };
        let (Some(from), Some(to)) = (it.composite_field_ref(), it.composite_field()) else { return };
        let (from_node, node) = (from.syntax(), to.syntax());
        let (from, to) = (identifier(from_node), identifier(node));
        let Some(tables) = self.typed_tables(id, it.drop_behavior(), node) else { return };
        let taken = attributes.iter().any(|attribute| attribute.name == to);
        let Some(attribute) = attributes.iter_mut().find(|attribute| attribute.name == from) else {
            if self.is_sure(id) {
                self.invalid(format!("{id} has no attribute {from}"), from_node);
            }
            return;
        };
        if taken {
            if self.is_sure(id) {
                self.invalid(format!("{id} has the attribute {to} already"), node);
            }
            return;
        }
        attribute.name.clone_from(&to);
        self.set_attributes(id, attributes);
        for table in tables {
            let column = ObjectId::part(Kind::Column, &table, from.clone());
            self.rename(&column, &ObjectId::part(Kind::Column, &table, to.clone()), node);
        }
    }
}

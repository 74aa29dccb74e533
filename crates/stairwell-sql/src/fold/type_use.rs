//! Which columns have a type stored in them: of these the values would have to be looked at again when the
//! type changes, which PostgreSQL does for plain columns of a domain only.

use stairwell_catalog::{Kind, Object, ObjectId, QualifiedName, SqlType};

use super::Fold;

/// Types within types within types: PostgreSQL allows no circle, and nobody goes this deep.
const DEEPEST: usize = 64;

impl Fold {
    /// A column of a table or materialised view in whose values the type is contained: within an array, a
    /// composite value or a range. With `itself`, a plain column of the type is one as well.
    pub(crate) fn column_containing(&self, ty: &QualifiedName, itself: bool) -> Option<ObjectId> {
        let mut columns = self.state.catalog().iter().filter_map(|(id, entry)| match &entry.object {
            Object::Column(column) if entry.opaque.is_none() => Some((id, column)),
            _ => None,
        });
        let stored = |id: &ObjectId| {
            let relation = self.state.catalog().relation(&id.owner());
            relation.is_some_and(|relation| matches!(relation.kind, Kind::Table | Kind::MaterializedView))
        };
        columns
            .find(|(id, column)| self.contains_type(&column.ty, ty, itself, DEEPEST) && stored(id))
            .map(|(id, _)| *id)
    }

    fn contains_type(&self, ty: &SqlType, wanted: &QualifiedName, inside: bool, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let name = match ty {
            SqlType::Array(element) => return self.contains_type(element, wanted, true, depth),
            SqlType::Named { name, .. } => name,
            SqlType::BuiltIn(_) | SqlType::Opaque => return false,
        };
        if name == wanted {
            return inside;
        }
        let Some(id) = self.type_object(ty) else { return false };
        match self.state.get(&id).map(|entry| &entry.object) {
            Some(Object::Domain(domain)) => self.contains_type(&domain.base, wanted, inside, depth),
            Some(Object::Range(range)) => self.contains_type(&range.subtype, wanted, true, depth),
            Some(Object::Composite(composite)) => {
                let mut attributes = composite.attributes.iter();
                attributes.any(|attribute| self.contains_type(&attribute.ty, wanted, true, depth))
            }
            Some(Object::Table(_)) => {
                let columns = self.state.catalog().columns(name);
                columns.iter().any(|(_, column)| self.contains_type(&column.ty, wanted, true, depth))
            }
            _ => false,
        }
    }
}

//! Operators, operator classes and operator families.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Class, Reader, no_member},
};
use crate::{id::ObjectId, object::Plain};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    // An operator without a function is only a name that another one mentions.
    let own = no_member("pg_operator", "o.oid");
    let sql = format!(
        "SELECT o.oid, o.oprnamespace, o.oprname::text AS name, o.oprleft, o.oprright, \
         concat_ws(', ', 'function = ' || o.oprcode::regprocedure, \
         'commutator = ' || nullif(o.oprcom, 0)::regoperator, \
         'negator = ' || nullif(o.oprnegate, 0)::regoperator, \
         'restrict = ' || nullif(o.oprrest::oid, 0)::regproc, 'join = ' || nullif(o.oprjoin::oid, 0)::regproc, \
         CASE WHEN o.oprcanhash THEN 'hashes' END, CASE WHEN o.oprcanmerge THEN 'merges' END) AS definition \
         FROM pg_operator AS o WHERE o.oprnamespace = ANY ($1) AND o.oprcode <> 0 AND {own}"
    );
    for row in reader.ask("operators", &sql).await? {
        let name = reader.qualified(&row, "oprnamespace")?;
        let operand = |oid: u32| match oid {
            0 => "NONE".to_owned(),
            oid => reader.types.bare(oid).to_string(),
        };
        let id = ObjectId::operator(&name, operand(row.get("oprleft")?), operand(row.get("oprright")?));
        let operator = Plain::new().with_text("definition", row.get::<String>("definition")?);
        reader.put(Class::Operator, row.get("oid")?, id, operator);
    }
    families(reader).await?;
    classes(reader).await
}

async fn families<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let own = no_member("pg_opfamily", "f.oid");
    let members = members("pg_opfamily", "f.oid");
    let sql = format!(
        "SELECT f.oid, f.opfnamespace, f.opfname::text AS name, m.amname::text AS method, \
         coalesce({members}, '') AS definition \
         FROM pg_opfamily AS f JOIN pg_am AS m ON m.oid = f.opfmethod \
         WHERE f.opfnamespace = ANY ($1) AND {own}"
    );
    for row in reader.ask("operator families", &sql).await? {
        let name = reader.qualified(&row, "opfnamespace")?;
        let id = ObjectId::operator_family(&name, row.get::<String>("method")?);
        let family = Plain::new().with_text("definition", row.get::<String>("definition")?);
        reader.put(Class::OperatorFamily, row.get("oid")?, id, family);
    }
    Ok(())
}

async fn classes<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let own = no_member("pg_opclass", "c.oid");
    let members = members("pg_opclass", "c.oid");
    let sql = format!(
        "SELECT c.oid, c.opcnamespace, c.opcname::text AS name, m.amname::text AS method, \
         concat_ws(', ', CASE WHEN c.opcdefault THEN 'default' END, \
         'for type ' || format_type(c.opcintype, NULL), format('family %I.%I', n.nspname, f.opfname), \
         'storage ' || format_type(nullif(c.opckeytype, 0), NULL), {members}) AS definition \
         FROM pg_opclass AS c JOIN pg_am AS m ON m.oid = c.opcmethod \
         JOIN pg_opfamily AS f ON f.oid = c.opcfamily JOIN pg_namespace AS n ON n.oid = f.opfnamespace \
         WHERE c.opcnamespace = ANY ($1) AND {own}"
    );
    for row in reader.ask("operator classes", &sql).await? {
        let name = reader.qualified(&row, "opcnamespace")?;
        let id = ObjectId::operator_class(&name, row.get::<String>("method")?);
        let class = Plain::new().with_text("definition", row.get::<String>("definition")?);
        reader.put(Class::Opclass, row.get("oid")?, id, class);
    }
    Ok(())
}

/// SQL for the operators and functions that come and go with a class, or that a family has on its own;
/// NULL if there are none.
fn members(catalog: &str, oid: &str) -> String {
    let belongs = |class: &str| {
        format!(
            "EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = '{class}'::regclass AND d.objid = member.oid \
             AND d.refclassid = '{catalog}'::regclass AND d.refobjid = {oid})"
        )
    };
    format!(
        "(SELECT string_agg(text, ', ' ORDER BY text COLLATE \"C\") FROM (\
         SELECT format('operator %s %s', amopstrategy, amopopr::regoperator) \
         || coalesce(' for order by ' || (SELECT format('%I.%I', s.nspname, sort.opfname) \
         FROM pg_opfamily AS sort JOIN pg_namespace AS s ON s.oid = sort.opfnamespace \
         WHERE sort.oid = member.amopsortfamily), '') AS text \
         FROM pg_amop AS member WHERE {} \
         UNION ALL SELECT format('function %s (%s, %s) %s', amprocnum, format_type(amproclefttype, NULL), \
         format_type(amprocrighttype, NULL), amproc::regprocedure) \
         FROM pg_amproc AS member WHERE {}) AS members)",
        belongs("pg_amop"),
        belongs("pg_amproc")
    )
}

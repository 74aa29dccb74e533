//! Functions, procedures, aggregates.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Cells, Class, Reader, no_member},
};
use crate::{
    id::ObjectId,
    object::{Argument, ArgumentMode, Expression, Function, FunctionKind},
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let own = no_member("pg_proc", "p.oid");
    // The functions that construct ranges are internal parts of their type.
    let sql = format!(
        "SELECT p.oid, p.pronamespace, p.proname::text AS name, p.prokind::text, \
         p.proargtypes::oid[] AS inputs, p.proallargtypes, p.proargmodes::text[] AS modes, p.proargnames, \
         p.pronargdefaults::int4 AS defaults, p.prorettype, p.proretset, l.lanname::text AS language, \
         p.provolatile::text, p.proisstrict, p.prosecdef, p.proleakproof, p.proparallel::text, p.proconfig, \
         coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) AS body \
         FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang \
         WHERE p.pronamespace = ANY ($1) AND {own} \
         AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass \
         AND d.objid = p.oid AND d.deptype = 'i')"
    );
    for row in reader.ask("functions", &sql).await? {
        let name = reader.qualified(&row, "pronamespace")?;
        let inputs: Vec<u32> = row.list("inputs")?;
        let id = ObjectId::function(&name, reader.types.list(&inputs));
        let function = function(reader, &row, &inputs)?;
        reader.put(Class::Function, row.get("oid")?, id, function);
    }
    Ok(())
}

fn function<C: GenericClient>(
    reader: &Reader<'_, C>,
    row: &Cells,
    inputs: &[u32],
) -> Result<Function, ReadError> {
    let kind = row.code("prokind", |code| match code {
        "f" => Some(FunctionKind::Function),
        "p" => Some(FunctionKind::Procedure),
        "a" => Some(FunctionKind::Aggregate),
        "w" => Some(FunctionKind::Window),
        _ => None,
    })?;
    let volatility = row.code("provolatile", |code| match code {
        "i" => Some("immutable"),
        "s" => Some("stable"),
        "v" => Some("volatile"),
        _ => None,
    })?;
    let parallel = row.code("proparallel", |code| match code {
        "s" => Some("safe"),
        "r" => Some("restricted"),
        "u" => Some("unsafe"),
        _ => None,
    })?;
    let arguments = arguments(reader, row, inputs)?;
    let gives_output = arguments.iter().any(|argument| argument.mode.is_output());
    let returns = (kind != FunctionKind::Procedure || gives_output).then_some(row.get("prorettype")?);
    Ok(Function {
        kind,
        arguments,
        returns: returns.map(|oid| reader.types.bare(oid)),
        returns_set: row.get("proretset")?,
        language: row.get("language")?,
        volatility: volatility.to_owned(),
        strict: row.get("proisstrict")?,
        security_definer: row.get("prosecdef")?,
        leakproof: row.get("proleakproof")?,
        parallel: parallel.to_owned(),
        settings: row.options("proconfig")?,
        body: match kind {
            // What stands there is a dummy.
            FunctionKind::Aggregate => None,
            _ => Some(Expression(row.get("body")?)),
        },
    })
}

fn arguments<C: GenericClient>(
    reader: &Reader<'_, C>,
    row: &Cells,
    inputs: &[u32],
) -> Result<Vec<Argument>, ReadError> {
    // The longer lists exist only if there is something besides plain input.
    let all: Option<Vec<u32>> = row.get("proallargtypes")?;
    let types = all.as_deref().unwrap_or(inputs);
    let modes: Vec<&str> = row.list("modes")?;
    let names: Vec<String> = row.list("proargnames")?;
    let mut arguments = Vec::with_capacity(types.len());
    for (index, ty) in types.iter().enumerate() {
        let mode = match modes.get(index).copied().unwrap_or("i") {
            "i" => ArgumentMode::In,
            "o" => ArgumentMode::Out,
            "b" => ArgumentMode::InOut,
            "v" => ArgumentMode::Variadic,
            "t" => ArgumentMode::Table,
            other => return Err(ReadError::unknown(row.what, format!("proargmodes = {other}"))),
        };
        let name = names.get(index).cloned().unwrap_or_default();
        arguments.push(Argument { mode, name, ty: reader.types.bare(*ty), default: false });
    }
    // Defaults are those of the last arguments that take input.
    let defaults = usize::try_from(row.get::<i32>("defaults")?).unwrap_or_default();
    for argument in arguments.iter_mut().rev().filter(|argument| argument.mode.is_input()).take(defaults) {
        argument.default = true;
    }
    Ok(arguments)
}

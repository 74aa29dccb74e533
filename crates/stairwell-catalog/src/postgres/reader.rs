//! What the readers of all groups share: how they ask, and where they put what they found.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::join_all;
use tokio_postgres::{
    GenericClient, Row,
    error::SqlState,
    types::{FromSql, Type},
};

use super::{
    ReadError, Scope,
    answers::{Answers, Parameter, Question},
    sql_types::SqlTypes,
};
use crate::{
    catalog::Catalog,
    id::{Kind, ObjectId, QualifiedName},
    object::{Attribute, Entry, Object},
};

/// The lowest OID that an object of a user can have; those below are the server's.
pub(super) const FIRST_OF_USERS: u32 = 16_384;

/// The system catalog that an object's OID is from; only both together are unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Class {
    Schema,
    Relation,
    Type,
    Function,
    Constraint,
    Trigger,
    Rule,
    Policy,
    EventTrigger,
    Statistics,
    Collation,
    Publication,
    Extension,
    Operator,
    Opclass,
    OperatorFamily,
    Cast,
    Conversion,
    Transform,
    Language,
    AccessMethod,
    ForeignDataWrapper,
    Server,
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchParser,
    TextSearchTemplate,
}

impl Class {
    pub(super) fn from_catalog(name: &str) -> Option<Self> {
        Some(match name {
            "pg_namespace" => Self::Schema,
            "pg_class" => Self::Relation,
            "pg_type" => Self::Type,
            "pg_proc" => Self::Function,
            "pg_constraint" => Self::Constraint,
            "pg_trigger" => Self::Trigger,
            "pg_rewrite" => Self::Rule,
            "pg_policy" => Self::Policy,
            "pg_event_trigger" => Self::EventTrigger,
            "pg_statistic_ext" => Self::Statistics,
            "pg_collation" => Self::Collation,
            "pg_publication" => Self::Publication,
            "pg_extension" => Self::Extension,
            "pg_operator" => Self::Operator,
            "pg_opclass" => Self::Opclass,
            "pg_opfamily" => Self::OperatorFamily,
            "pg_cast" => Self::Cast,
            "pg_conversion" => Self::Conversion,
            "pg_transform" => Self::Transform,
            "pg_language" => Self::Language,
            "pg_am" => Self::AccessMethod,
            "pg_foreign_data_wrapper" => Self::ForeignDataWrapper,
            "pg_foreign_server" => Self::Server,
            "pg_ts_config" => Self::TextSearchConfiguration,
            "pg_ts_dict" => Self::TextSearchDictionary,
            "pg_ts_parser" => Self::TextSearchParser,
            "pg_ts_template" => Self::TextSearchTemplate,
            _ => return None,
        })
    }
}

/// A relation that is read: the home of columns, constraints, triggers …
pub(super) struct Relation {
    pub(super) name: QualifiedName,
    /// `relkind`.
    pub(super) kind: String,
}

/// One reading of a catalog, while it goes on.
pub(super) struct Reader<'a, C> {
    client: &'a C,
    pub(super) scope: &'a Scope,
    /// `server_version_num`.
    pub(super) version: u32,
    /// The role whose objects are shown without an owner.
    role: String,
    answers: Answers,
    /// The schemas that are read, by OID.
    pub(super) schemas: BTreeMap<u32, String>,
    pub(super) types: SqlTypes,
    /// The relations that are read, composite types included, by OID.
    pub(super) relations: HashMap<u32, Relation>,
    /// The attributes of composite types, by the OID of the relation behind the type.
    pub(super) attributes: HashMap<u32, Vec<Attribute>>,
    /// Under which identity an object was put in; the last number is a column's.
    pub(super) ids: HashMap<(Class, u32, i32), ObjectId>,
    pub(super) entries: BTreeMap<ObjectId, Entry>,
}

impl<'a, C: GenericClient> Reader<'a, C> {
    pub(super) fn new(client: &'a C, scope: &'a Scope, version: u32, role: String) -> Self {
        Self {
            client,
            scope,
            version,
            role,
            answers: Answers::none(),
            schemas: BTreeMap::new(),
            types: SqlTypes::default(),
            relations: HashMap::new(),
            attributes: HashMap::new(),
            ids: HashMap::new(),
            entries: BTreeMap::new(),
        }
    }

    /// Asks for something in the schemas that are read, whose OIDs are `$1`.
    pub(super) async fn ask(&self, what: &'static str, sql: &str) -> Result<Vec<Cells>, ReadError> {
        self.answer(Question { what, parameter: Parameter::Schemas, sql: sql.to_owned() }).await
    }

    /// Asks for something that lives in no schema.
    pub(super) async fn ask_all(&self, what: &'static str, sql: &str) -> Result<Vec<Cells>, ReadError> {
        self.answer(Question { what, parameter: Parameter::None, sql: sql.to_owned() }).await
    }

    /// Asks for something that is told by the role whose objects have no owner, which is `$1`.
    pub(super) async fn ask_for_role(&self, what: &'static str, sql: &str) -> Result<Vec<Cells>, ReadError> {
        self.answer(Question { what, parameter: Parameter::Role, sql: sql.to_owned() }).await
    }

    async fn answer(&self, question: Question) -> Result<Vec<Cells>, ReadError> {
        let what = question.what;
        let rows = match self.answers.take(&question) {
            Some(rows) => rows,
            None => self.query(&question).await.map_err(|cause| ReadError::server(what, cause))?,
        };
        Ok(rows.into_iter().map(|row| Cells { what, row }).collect())
    }

    async fn query(&self, question: &Question) -> Result<Vec<Row>, tokio_postgres::Error> {
        let sql = &question.sql;
        match question.parameter {
            Parameter::None => self.client.query_typed(sql, &[]).await,
            Parameter::Role => self.client.query_typed(sql, &[(&self.role, Type::TEXT)]).await,
            Parameter::Schemas => {
                let schemas: Vec<u32> = self.schemas.keys().copied().collect();
                self.client.query_typed(sql, &[(&schemas, Type::OID_ARRAY)]).await
            }
        }
    }

    /// The same reader as it is now, but nobody answers it; it is for noting what is asked.
    pub(super) fn rehearsal(&self) -> Reader<'a, C> {
        let mut reader = Reader::new(self.client, self.scope, self.version, self.role.clone());
        reader.schemas.clone_from(&self.schemas);
        reader.answers = Answers::rehearsal();
        reader
    }

    /// Asks all that was asked in a rehearsal, at once.
    pub(super) async fn ask_ahead(&mut self, rehearsal: Reader<'a, C>) -> Result<(), ReadError> {
        let questions = rehearsal.answers.questions();
        let answers = join_all(questions.iter().map(|question| self.query(question))).await;
        let mut known = Vec::new();
        let mut first: Option<ReadError> = None;
        for (question, answer) in questions.into_iter().zip(answers) {
            match answer {
                Ok(rows) => known.push((question, rows)),
                // One refusal makes the server refuse everything behind it.
                Err(cause) if cause.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION) => {
                    first.get_or_insert_with(|| ReadError::server(question.what, cause));
                }
                Err(cause) => return Err(ReadError::server(question.what, cause)),
            }
        }
        self.answers = Answers::known(known.into_iter());
        first.map_or(Ok(()), Err)
    }

    /// The role's name, unless it is the one whose objects have no owner.
    pub(super) fn other_role<'r>(&self, role: &'r str) -> Option<&'r str> {
        (role != self.role).then_some(role)
    }

    /// Whether the server is of this major version or newer.
    pub(super) fn since(&self, major: u32) -> bool {
        self.version >= major * 10_000
    }

    /// The qualified name from a row's column with the schema's OID and its column `name`.
    pub(super) fn qualified(&self, row: &Cells, schema: &'static str) -> Result<QualifiedName, ReadError> {
        let oid: u32 = row.get(schema)?;
        let name: String = row.get("name")?;
        match self.schemas.get(&oid) {
            Some(schema) => Ok(QualifiedName::new(schema.clone(), name)),
            // Cannot be in one snapshot: every query is limited to these schemas.
            None => Err(ReadError::unknown(row.what, format!("schema {oid} of {name}"))),
        }
    }

    /// The relation of this OID, unless it is out of scope.
    pub(super) fn relation(&self, oid: u32) -> Option<&Relation> {
        self.relations.get(&oid)
    }

    pub(super) fn put(&mut self, class: Class, oid: u32, id: ObjectId, object: impl Into<Object>) {
        self.put_part(class, oid, 0, id, object);
    }

    pub(super) fn put_part(
        &mut self,
        class: Class,
        oid: u32,
        part: i32,
        id: ObjectId,
        object: impl Into<Object>,
    ) {
        self.ids.insert((class, oid, part), id);
        self.entries.insert(id, Entry::new(object));
    }

    pub(super) fn finish(self) -> Catalog {
        Catalog::from_iter(self.entries)
    }
}

/// A row of the answer, whose cells are asked for by name.
pub(super) struct Cells {
    pub(super) what: &'static str,
    row: Row,
}

impl Cells {
    pub(super) fn get<'a, T: FromSql<'a>>(&'a self, name: &'static str) -> Result<T, ReadError> {
        self.row.try_get(name).map_err(|cause| ReadError::server(self.what, cause))
    }

    /// The list in an array; NULL is an empty one.
    pub(super) fn list<'a, T: FromSql<'a>>(&'a self, name: &'static str) -> Result<Vec<T>, ReadError> {
        Ok(self.get::<Option<Vec<T>>>(name)?.unwrap_or_default())
    }

    /// The names in an array with the NULLs (expressions, system columns) left out.
    pub(super) fn names<B: FromIterator<String>>(&self, name: &'static str) -> Result<B, ReadError> {
        Ok(self.list::<Option<String>>(name)?.into_iter().flatten().collect())
    }

    /// `["a=b"]` as a map.
    pub(super) fn options(&self, name: &'static str) -> Result<BTreeMap<String, String>, ReadError> {
        let options = self.list::<String>(name)?;
        let split = |option: String| match option.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (option, String::new()),
        };
        Ok(options.into_iter().map(split).collect())
    }

    /// A code of one character, through the table that says what it means.
    pub(super) fn code<T>(
        &self,
        name: &'static str,
        meaning: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ReadError> {
        let code: &str = self.get(name)?;
        meaning(code).ok_or_else(|| ReadError::unknown(self.what, format!("{name} = {code}")))
    }
}

/// SQL for "is no member of an extension": those are the extension's, which is an object itself.
pub(super) fn no_member(catalog: &str, oid: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS member \
         WHERE member.classid = 'pg_catalog.{catalog}'::pg_catalog.regclass AND member.objid = {oid} \
         AND member.deptype = 'e')"
    )
}

/// SQL for the names of the columns of `relation` whose numbers are in the array `numbers`, in its order;
/// NULL for an expression, whose number is 0.
pub(super) fn column_names(numbers: &str, relation: &str) -> String {
    format!(
        "ARRAY(SELECT named.attname::pg_catalog.text \
         FROM pg_catalog.unnest({numbers}) WITH ORDINALITY AS key (number, place) \
         LEFT JOIN pg_catalog.pg_attribute AS named \
         ON named.attrelid = {relation} AND named.attnum = key.number ORDER BY key.place)"
    )
}

/// SQL for the name of a collation: bare if it is PostgreSQL's own, otherwise qualified;
/// NULL if it is the one that the type `default` stands for has anyway.
pub(super) fn collation(oid: &str, default: &str) -> String {
    format!(
        "(SELECT CASE WHEN home.nspname = 'pg_catalog' THEN it.collname::pg_catalog.text \
         ELSE pg_catalog.format('%I.%I', home.nspname, it.collname) END \
         FROM pg_catalog.pg_collation AS it JOIN pg_catalog.pg_namespace AS home ON home.oid = it.collnamespace \
         WHERE it.oid = {oid} AND {oid} <> {default})"
    )
}

/// The identity of a part of a relation.
pub(super) fn part(relation: &Relation, kind: Kind, name: String) -> ObjectId {
    ObjectId::part(kind, &relation.name, name)
}

-- from 17
create table t (a text);
create view v as select json_scalar(1) as s, json('{"a": 1}' with unique keys) as j, json_serialize('{"a": 1}' returning bytea) as b from t;

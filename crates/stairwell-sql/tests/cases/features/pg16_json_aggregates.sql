-- from 16
create table person (id int, name text);
create view people as
  select json_arrayagg(name order by name returning jsonb) as names, json_objectagg(id: name with unique keys) as by_id from person;

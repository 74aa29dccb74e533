-- from 16
create table person (id int, name text);
create view person_json as
  select json_object('id': id, 'name': name absent on null returning jsonb) as o, json_array(id, name null on null) as a from person;

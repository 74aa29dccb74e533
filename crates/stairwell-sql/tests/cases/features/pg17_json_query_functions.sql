-- from 17
create table raw (body jsonb check (json_exists(body, '$.id')));
alter table raw add column id int generated always as (json_value(body, '$.id' returning int error on error)) stored;
create view tags as select json_query(body, '$.tags' with wrapper keep quotes) as tags from raw;

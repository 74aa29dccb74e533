-- from 16
create table raw (v text);
alter table raw add column n int;
update raw set n = v::int where pg_input_is_valid(v, 'integer');

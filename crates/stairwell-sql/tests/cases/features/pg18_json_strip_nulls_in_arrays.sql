-- from 18
create table t (body jsonb);
update t set body = jsonb_strip_nulls(body, true);

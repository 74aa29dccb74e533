-- before
create table t (id serial);

-- up
alter table t alter id drop default;
drop sequence t_id_seq;
alter table t alter id add generated always as identity;

-- down
alter table t alter id drop identity;

-- good down
alter table t alter id drop identity;
create sequence t_id_seq as int owned by t.id;
alter table t alter id set default nextval('t_id_seq');

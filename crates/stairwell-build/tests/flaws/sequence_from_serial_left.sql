-- before
create table t (id int);

-- up
create sequence t_id_seq;
alter table t alter id set default nextval('t_id_seq');

-- down
alter table t alter id drop default;

-- good down
alter table t alter id drop default;
drop sequence t_id_seq;

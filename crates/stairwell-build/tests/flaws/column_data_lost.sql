-- before
create table t (id int primary key, note text);
insert into t values (1, 'keep me');

-- up
create table t_note as select id, note from t;
alter table t drop column note;

-- down
alter table t add column note text;
drop table t_note;

-- good down
alter table t add column note text;
update t set note = n.note from t_note n where n.id = t.id;
drop table t_note;

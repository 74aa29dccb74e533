-- before
create table t (a int, b int);
create view v as select b from t;

-- up
alter table t drop column b cascade;

-- down
alter table t add column b int;

-- good down
alter table t add column b int;
create view v as select b from t;

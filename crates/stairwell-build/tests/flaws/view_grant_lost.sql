-- before
create table t (a int);
create view v as select a from t;
grant select on v to pg_monitor;

-- up
drop view v;

-- down
create view v as select a from t;

-- good down
create view v as select a from t;
grant select on v to pg_monitor;

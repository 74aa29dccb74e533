-- before
create table t (a int, b int);
create view v as select a from t;

-- up
create or replace view v as select a, b from t;

-- down
select 1;

-- good down
drop view v;
create view v as select a from t;

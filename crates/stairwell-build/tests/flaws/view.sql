-- before
create table t (a int);

-- up
create or replace view v as select a from t;

-- down
select 1;

-- good down
drop view v;

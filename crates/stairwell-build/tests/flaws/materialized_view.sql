-- before
create table t (a int);

-- up
create materialized view if not exists mv as select a from t;

-- down
select 1;

-- good down
drop materialized view mv;

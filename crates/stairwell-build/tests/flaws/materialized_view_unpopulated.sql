-- before
create table t (a int);
create materialized view mv as select a from t;

-- up
drop materialized view mv;

-- down
create materialized view mv as select a from t with no data;

-- good down
create materialized view mv as select a from t;

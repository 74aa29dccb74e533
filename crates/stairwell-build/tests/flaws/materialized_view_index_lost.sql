-- before
create table t (a int);
create materialized view mv as select a from t;
create unique index mv_a on mv (a);

-- up
drop materialized view mv;

-- down
create materialized view mv as select a from t;

-- good down
create materialized view mv as select a from t;
create unique index mv_a on mv (a);

-- before
create table t (a int);
create view v as select a from t where a > 0;

-- up
create or replace view v as select a from t;

-- down
create or replace view v as select a from t where a >= 0;

-- good down
create or replace view v as select a from t where a > 0;

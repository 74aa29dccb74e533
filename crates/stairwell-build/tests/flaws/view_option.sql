-- before
create table t (a int);
create view v as select a from t;

-- up
alter view v set (security_barrier = true);

-- down
select 1;

-- good down
alter view v reset (security_barrier);

-- from 15
create table t (a int);
create view v with (security_barrier, security_invoker) as select a from t;

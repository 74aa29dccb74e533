-- from 16
create table t (a int);
create view v as select a from (select a from t where a > 0);

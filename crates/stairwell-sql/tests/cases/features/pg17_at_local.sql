-- from 17
create table t (at timestamptz);
create view v as select at at local as local_at from t;

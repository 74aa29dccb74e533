-- from 16
create table t (g int, x text);
create view v as select g, any_value(x) as x from t group by g;

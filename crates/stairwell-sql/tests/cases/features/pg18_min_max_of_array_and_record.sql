-- from 18
create table t (g int, a int[]);
create view v as select g, max(a) as longest, min(row(g, 1))::text as first from t group by g;

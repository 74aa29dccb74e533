-- before
create table t (a int);
create view v as select a from t;

-- up
alter view v alter a set default 4;

-- down
select 1;

-- good down
alter view v alter a drop default;

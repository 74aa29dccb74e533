-- before
create schema app;
create table app.t (a int);
create table t (a int);
create index t_a on t (a);

-- up
create index t_a on app.t (a);

-- down
drop index t_a;

-- good down
drop index app.t_a;

-- before
create schema app;
create table t (a int);

-- up
alter table t set schema app;

-- down
select 1;

-- good down
alter table app.t set schema public;

-- before
create table t (id int, a int);
grant select (a) on t to pg_monitor;

-- up
alter table t drop column a;

-- down
alter table t add column a int;

-- good down
alter table t add column a int;
grant select (a) on t to pg_monitor;

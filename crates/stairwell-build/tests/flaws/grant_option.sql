-- before
create table t (a int);
grant select on t to pg_monitor;

-- up
grant select on t to pg_monitor with grant option;

-- down
select 1;

-- good down
revoke grant option for select on t from pg_monitor;

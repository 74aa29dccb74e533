-- before
create table t (a int);
grant insert on t to pg_monitor;

-- up
grant select on t to pg_monitor;

-- down
select 1;

-- good down
revoke select on t from pg_monitor;

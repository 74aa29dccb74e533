-- before
create table t (a int);
grant select on t to pg_monitor;

-- up
grant update (a) on t to pg_monitor;

-- down
select 1;

-- good down
revoke update (a) on t from pg_monitor;

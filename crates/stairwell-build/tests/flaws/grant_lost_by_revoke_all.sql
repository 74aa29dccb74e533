-- before
create table t (a int);
grant select on t to pg_monitor;

-- up
grant insert on t to pg_monitor;

-- down
revoke all on t from pg_monitor;

-- good down
revoke insert on t from pg_monitor;

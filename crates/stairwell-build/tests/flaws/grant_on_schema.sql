-- before
create schema app;
grant usage on schema app to pg_monitor;

-- up
grant create on schema app to pg_monitor;

-- down
select 1;

-- good down
revoke create on schema app from pg_monitor;

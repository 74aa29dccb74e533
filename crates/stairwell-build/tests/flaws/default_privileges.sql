-- before
select 1;

-- up
alter default privileges in schema public grant select on tables to pg_monitor;

-- down
select 1;

-- good down
alter default privileges in schema public revoke select on tables from pg_monitor;

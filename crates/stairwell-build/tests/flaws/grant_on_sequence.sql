-- before
create sequence s;
grant usage on sequence s to pg_monitor;

-- up
grant update on sequence s to pg_monitor;

-- down
select 1;

-- good down
revoke update on sequence s from pg_monitor;

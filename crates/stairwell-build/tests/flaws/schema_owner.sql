-- before
create schema app;

-- up
alter schema app owner to pg_monitor;

-- down
select 1;

-- good down
alter schema app owner to current_user;

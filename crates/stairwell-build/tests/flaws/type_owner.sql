-- before
create type mood as enum ('good');

-- up
alter type mood owner to pg_monitor;

-- down
select 1;

-- good down
alter type mood owner to current_user;

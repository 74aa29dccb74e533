-- before
create sequence s;

-- up
alter sequence s owner to pg_monitor;

-- down
select 1;

-- good down
alter sequence s owner to current_user;

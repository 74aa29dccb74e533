-- before
create table t (a int);

-- up
alter table t owner to pg_monitor;

-- down
select 1;

-- good down
alter table t owner to current_user;

-- before
create schema old_name;

-- up
alter schema old_name rename to new_name;

-- down
select 1;

-- good down
alter schema new_name rename to old_name;

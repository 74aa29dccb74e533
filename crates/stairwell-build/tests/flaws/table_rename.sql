-- before
create table old_name (id int primary key);

-- up
alter table old_name rename to new_name;

-- down
alter table new_name rename to oldname;

-- good down
alter table new_name rename to old_name;

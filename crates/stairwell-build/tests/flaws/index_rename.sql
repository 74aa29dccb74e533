-- before
create table t (a int);
create index old_name on t (a);

-- up
alter index old_name rename to new_name;

-- down
select 1;

-- good down
alter index new_name rename to old_name;

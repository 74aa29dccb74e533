-- before
create table t (a int, constraint old_name check (a > 0));

-- up
alter table t rename constraint old_name to new_name;

-- down
select 1;

-- good down
alter table t rename constraint new_name to old_name;

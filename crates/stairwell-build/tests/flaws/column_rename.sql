-- before
create table t (name text);

-- up
alter table t rename column name to title;

-- down
select 1;

-- good down
alter table t rename column title to name;

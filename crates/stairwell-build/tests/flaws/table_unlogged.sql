-- before
create table t (a int);

-- up
alter table t set unlogged;

-- down
select 1;

-- good down
alter table t set logged;

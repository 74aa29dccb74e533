-- before
create table t (a int);
create index t_a on t (a);

-- up
alter table t cluster on t_a;

-- down
select 1;

-- good down
alter table t set without cluster;

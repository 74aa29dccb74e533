-- before
create table t (a int);

-- up
create index concurrently if not exists t_a on t (a);

-- down
select 1;

-- good down
drop index concurrently if exists t_a;

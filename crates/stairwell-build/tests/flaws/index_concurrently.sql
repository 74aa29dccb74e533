-- before
create table t (a int);

-- up
create index concurrently t_a on t (a);

-- down
select 1;

-- good down
drop index concurrently t_a;

-- before
create table t (id int primary key, a int);

-- up
create index if not exists t_a on t (a);

-- down
select 1;

-- good down
drop index t_a;

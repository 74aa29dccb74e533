-- before
create table t (a int);
create index t_a on t (a);

-- up
alter index t_a set (fillfactor = 70);

-- down
select 1;

-- good down
alter index t_a reset (fillfactor);

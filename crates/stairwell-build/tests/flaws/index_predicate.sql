-- before
create table t (a int, gone boolean);
create index t_a on t (a) where not gone;

-- up
drop index t_a;

-- down
create index t_a on t (a);

-- good down
create index t_a on t (a) where not gone;

-- before
create table t (a int, b int);
create index t_ab on t (a, b);

-- up
drop index t_ab;

-- down
create index t_ab on t (b, a);

-- good down
create index t_ab on t (a, b);

-- before
create table t (a int);
create unique index t_a on t (a);

-- up
drop index t_a;
create index t_a on t (a);

-- down
drop index t_a;
create index t_a on t (a desc);

-- good down
drop index t_a;
create unique index t_a on t (a);

-- before
create table t (id int primary key, a int not null default 1 check (a > 0));
create index t_a on t (a);

-- up
drop table t;

-- down
create table t (id int, a int);

-- good down
create table t (id int primary key, a int not null default 1 check (a > 0));
create index t_a on t (a);

-- before
create table t (id int, a int);
create index t_a on t (a);

-- up
alter table t drop column a;

-- down
alter table t add column a int;

-- good down
alter table t add column a int;
create index t_a on t (a);

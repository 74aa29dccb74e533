-- before
create table t (a int);
create unique index t_a on t (a);

-- up
alter table t add constraint t_a unique using index t_a;

-- down
select 1;

-- good down
alter table t drop constraint t_a;
create unique index t_a on t (a);

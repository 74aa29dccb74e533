-- from 15
create table t (a int, b int, constraint t_ab unique nulls not distinct (a, b));
alter table t add constraint t_b unique nulls not distinct (b);

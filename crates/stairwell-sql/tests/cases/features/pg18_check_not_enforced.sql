-- from 18
create table t (a int, constraint t_pos check (a > 0) not enforced);
insert into t values (-1);

-- before
create table t (a int, constraint t_a check (a > 0));

-- up
alter table t drop constraint t_a, add constraint t_a check (a > 10);

-- down
alter table t drop constraint t_a, add constraint t_a check (a >= 0);

-- good down
alter table t drop constraint t_a, add constraint t_a check (a > 0);

-- before
create table t (a int, constraint t_a_once unique (a));

-- up
alter table t drop constraint t_a_once;

-- down
alter table t add unique (a);

-- good down
alter table t add constraint t_a_once unique (a);

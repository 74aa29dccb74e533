-- before
create table t (a int);
alter table t add constraint t_a check (a > 0) not valid;

-- up
alter table t validate constraint t_a;

-- down
select 1;

-- good down
alter table t drop constraint t_a, add constraint t_a check (a > 0) not valid;

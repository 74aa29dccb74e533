-- before
create table t (a int);

-- up
alter table t drop constraint if exists t_a_pos, add constraint t_a_pos check (a > 0);

-- down
select 1;

-- good down
alter table t drop constraint t_a_pos;

-- before
create table t (a int constraint t_a check (a > 0));

-- up
comment on constraint t_a on t is 'positive';

-- down
select 1;

-- good down
comment on constraint t_a on t is null;

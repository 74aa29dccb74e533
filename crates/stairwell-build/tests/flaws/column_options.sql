-- before
create table t (a int);

-- up
alter table t alter a set (n_distinct = -0.5);

-- down
select 1;

-- good down
alter table t alter a reset (n_distinct);

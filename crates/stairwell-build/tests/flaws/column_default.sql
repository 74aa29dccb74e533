-- before
create table t (a int);

-- up
alter table t alter a set default 5;

-- down
select 1;

-- good down
alter table t alter a drop default;

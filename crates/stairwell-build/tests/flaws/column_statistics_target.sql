-- before
create table t (a int);

-- up
alter table t alter a set statistics 500;

-- down
select 1;

-- good down
alter table t alter a set statistics -1;

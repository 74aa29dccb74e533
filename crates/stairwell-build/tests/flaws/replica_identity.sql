-- before
create table t (a int);

-- up
alter table t replica identity full;

-- down
select 1;

-- good down
alter table t replica identity default;

-- before
create table t (a int not null);

-- up
alter table t alter a drop not null;

-- down
select 1;

-- good down
alter table t alter a set not null;

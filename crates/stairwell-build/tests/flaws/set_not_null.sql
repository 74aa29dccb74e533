-- before
create table t (id int primary key, a int);

-- up
alter table t alter a set not null;

-- down
select 1;

-- good down
alter table t alter a drop not null;

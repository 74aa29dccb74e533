-- before
create table t (id int primary key, a int);
insert into t values (1, 7);

-- up
alter table t alter a type bigint;

-- down
select 1;

-- good down
alter table t alter a type int;

-- before
select 1;

-- up
create table t (id int primary key);

-- down
select 1;

-- good down
drop table t;

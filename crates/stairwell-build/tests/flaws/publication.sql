-- before
create table t (id int primary key);

-- up
create publication p for table t;

-- down
select 1;

-- good down
drop publication p;

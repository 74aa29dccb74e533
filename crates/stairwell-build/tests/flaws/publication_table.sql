-- before
create table a (id int primary key);
create table b (id int primary key);
create publication p for table a;

-- up
alter publication p add table b;

-- down
select 1;

-- good down
alter publication p drop table b;

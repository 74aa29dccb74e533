-- from 15
create table t (id int primary key, active boolean not null);
create publication p for table t where (active);
alter publication p set table t where (id > 10);

-- from 17
create table t (a int);
alter table t alter column a set statistics 500;
alter table t alter column a set statistics default;

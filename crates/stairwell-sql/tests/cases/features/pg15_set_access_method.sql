-- from 15
create table t (id int);
alter table t set access method heap;

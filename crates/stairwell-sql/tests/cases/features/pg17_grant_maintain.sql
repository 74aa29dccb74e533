-- from 17
create table t (id int);
create role pg17_keeper;
grant maintain on t to pg17_keeper;
grant pg_maintain to pg17_keeper;
drop owned by pg17_keeper;
drop role pg17_keeper;

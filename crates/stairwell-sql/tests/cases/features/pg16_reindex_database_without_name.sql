-- from 16
create table t (id int primary key);
reindex database;

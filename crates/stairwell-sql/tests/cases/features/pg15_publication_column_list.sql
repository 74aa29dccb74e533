-- from 15
create table t (id int primary key, name text, secret text);
create publication p for table t (id, name);

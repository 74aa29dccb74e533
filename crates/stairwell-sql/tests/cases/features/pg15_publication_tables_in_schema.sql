-- from 15
create schema s;
create table s.t (id int primary key);
create publication p for tables in schema s;
alter publication p drop tables in schema s;

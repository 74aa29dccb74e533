-- from 16
create table t (n int);
insert into t values ('0x1F'::int), ('1_000'::int);

-- from 17
create table t (a int, twice int generated always as (a * 2) stored);
alter table t alter column twice set expression as (a + a);

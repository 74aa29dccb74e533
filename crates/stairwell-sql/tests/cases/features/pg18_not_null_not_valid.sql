-- from 18
create table t (a int);
alter table t add constraint t_a_set not null a not valid;
alter table t validate constraint t_a_set;

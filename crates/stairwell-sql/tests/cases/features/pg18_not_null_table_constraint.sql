-- from 18
create table t (a int, b int, constraint t_a_set not null a, not null b no inherit);
alter table t drop constraint t_a_set;

-- from 16
create table t (noise float8 not null default random_normal(0, 2));

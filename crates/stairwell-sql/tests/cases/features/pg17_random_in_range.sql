-- from 17
create table t (dice int default random(1, 6), share numeric default random(0.0, 1.0));

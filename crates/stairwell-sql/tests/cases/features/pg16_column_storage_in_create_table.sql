-- from 16
create table t (id int, body text storage external, extra text storage default);

-- before
create table t (a text);
create index t_a on t using hash (a);

-- up
drop index t_a;

-- down
create index t_a on t (a);

-- good down
create index t_a on t using hash (a);

-- before
create table t (a int);
create index t_a on t (a);
comment on index t_a is 'lookup';

-- up
drop index t_a;

-- down
create index t_a on t (a);

-- good down
create index t_a on t (a);
comment on index t_a is 'lookup';

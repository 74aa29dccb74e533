-- before
create table t (id int, a int);
comment on column t.a is 'amount';

-- up
alter table t drop column a;

-- down
alter table t add column a int;

-- good down
alter table t add column a int;
comment on column t.a is 'amount';

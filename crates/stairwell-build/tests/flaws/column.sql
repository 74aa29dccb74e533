-- before
create table t (id int primary key);

-- up
alter table t add column if not exists a int, add column if not exists b int;

-- down
alter table t drop column a;

-- good down
alter table t drop column a, drop column b;

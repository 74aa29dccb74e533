-- before
create table t (id int, a int not null default 0);

-- up
alter table t drop column a;

-- down
alter table t add column a int default 0;

-- good down
alter table t add column a int not null default 0;

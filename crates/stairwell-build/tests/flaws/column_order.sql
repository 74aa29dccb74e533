-- before
create table t (a int, b int, c text);
insert into t values (1, null, 'x');

-- up
alter table t drop column b;

-- down
alter table t add column b int;

-- good down
alter table t rename column c to c_old;
alter table t add column b int, add column c text;
update t set c = c_old;
alter table t drop column c_old;

-- before
create table t (id int primary key, a int);

-- up
alter table t drop constraint if exists t_a_key, add constraint t_a_key unique (a);

-- down
select 1;

-- good down
alter table t drop constraint t_a_key;

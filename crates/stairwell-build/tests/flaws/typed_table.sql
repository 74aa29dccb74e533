-- before
create type pair as (a int, b int);
create table t (a int, b int);

-- up
alter table t of pair;

-- down
select 1;

-- good down
alter table t not of;

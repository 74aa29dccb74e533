-- before
create table t (a int, twice int generated always as (a * 2) stored);

-- up
alter table t alter twice drop expression;

-- down
select 1;

-- good down
alter table t drop column twice;
alter table t add column twice int generated always as (a * 2) stored;

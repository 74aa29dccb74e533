-- before
create table t (a int, sum int generated always as (a + 1) stored);

-- up
alter table t drop column sum, add column sum int generated always as (a + 2) stored;

-- down
alter table t drop column sum, add column sum int generated always as (a + 3) stored;

-- good down
alter table t drop column sum, add column sum int generated always as (a + 1) stored;

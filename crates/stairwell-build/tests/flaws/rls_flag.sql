-- before
create table t (a int);

-- up
alter table t enable row level security;

-- down
select 1;

-- good down
alter table t disable row level security;

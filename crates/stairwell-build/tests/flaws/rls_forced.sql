-- before
create table t (a int);

-- up
alter table t enable row level security, force row level security;

-- down
alter table t disable row level security;

-- good down
alter table t disable row level security, no force row level security;

-- before
create table t (owner text);
alter table t enable row level security;

-- up
create policy own on t using (owner = current_user);

-- down
select 1;

-- good down
drop policy own on t;

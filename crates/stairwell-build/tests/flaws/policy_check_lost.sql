-- before
create table t (owner text);
create policy own on t for all using (true) with check (owner = current_user);

-- up
drop policy own on t;

-- down
create policy own on t for all using (true);

-- good down
create policy own on t for all using (true) with check (owner = current_user);

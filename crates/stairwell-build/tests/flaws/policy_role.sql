-- before
create table t (a int);
create policy p on t to pg_monitor using (true);

-- up
alter policy p on t to public;

-- down
select 1;

-- good down
alter policy p on t to pg_monitor;

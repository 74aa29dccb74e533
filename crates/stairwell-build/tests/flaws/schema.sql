-- before
select 1;

-- up
create schema if not exists app;

-- down
select 1;

-- good down
drop schema app;

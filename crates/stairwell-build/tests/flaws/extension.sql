-- before
select 1;

-- up
create extension if not exists citext;

-- down
select 1;

-- good down
drop extension citext;

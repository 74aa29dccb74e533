-- before
select 1;

-- up
create foreign data wrapper w;

-- down
select 1;

-- good down
drop foreign data wrapper w;

-- before
create foreign data wrapper w;

-- up
create server s foreign data wrapper w;

-- down
select 1;

-- good down
drop server s;

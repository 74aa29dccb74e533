-- before
create foreign data wrapper w;
create server s foreign data wrapper w;

-- up
create foreign table ft (a int) server s;

-- down
select 1;

-- good down
drop foreign table ft;

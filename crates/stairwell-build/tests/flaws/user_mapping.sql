-- before
create foreign data wrapper w;
create server s foreign data wrapper w;

-- up
create user mapping for current_user server s options (x '1');

-- down
select 1;

-- good down
drop user mapping for current_user server s;

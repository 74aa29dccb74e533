-- before
create foreign data wrapper w;
create server s foreign data wrapper w;
create foreign table ft (a int) server s options (x '1');

-- up
alter foreign table ft options (set x '2');

-- down
alter foreign table ft options (drop x);

-- good down
alter foreign table ft options (set x '1');

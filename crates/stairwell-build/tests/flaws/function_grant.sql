-- before
create function f() returns int language sql as 'select 1';

-- up
revoke execute on function f() from public;

-- down
grant execute on function f() to pg_monitor;

-- good down
grant execute on function f() to public;

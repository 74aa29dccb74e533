-- before
create function f() returns int language sql as 'select 1';

-- up
alter function f() security definer;

-- down
select 1;

-- good down
alter function f() security invoker;

-- before
create function f() returns int language sql as 'select 1';

-- up
alter function f() set search_path = public;

-- down
select 1;

-- good down
alter function f() reset search_path;

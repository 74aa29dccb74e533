-- before
create function f() returns int language sql as 'select 1';

-- up
comment on function f() is 'one';

-- down
select 1;

-- good down
comment on function f() is null;

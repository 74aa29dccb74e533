-- before
create function f() returns int language sql as 'select 1';

-- up
create or replace function f() returns int language sql as 'select 2';

-- down
select 1;

-- good down
create or replace function f() returns int language sql as 'select 1';

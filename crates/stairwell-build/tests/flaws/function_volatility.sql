-- before
create function f() returns int language sql immutable as 'select 1';

-- up
create or replace function f() returns int language sql volatile as 'select 1';

-- down
create or replace function f() returns int language sql stable as 'select 1';

-- good down
create or replace function f() returns int language sql immutable as 'select 1';

-- before
select 1;

-- up
create or replace function f(a int) returns int language sql as 'select a + 1';

-- down
select 1;

-- good down
drop function f(int);

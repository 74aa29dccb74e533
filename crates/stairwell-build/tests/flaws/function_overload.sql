-- before
create function f(a int) returns int language sql as 'select a';

-- up
create function f(a int, b int) returns int language sql as 'select a + b';

-- down
drop function if exists f(int, int, int);

-- good down
drop function f(int, int);

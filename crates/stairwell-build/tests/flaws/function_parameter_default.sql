-- before
create function f(a int) returns int language sql as 'select a';

-- up
create or replace function f(a int default 1) returns int language sql as 'select a';

-- down
create or replace function f(a int default 0) returns int language sql as 'select a';

-- good down
drop function f(int);
create function f(a int) returns int language sql as 'select a';

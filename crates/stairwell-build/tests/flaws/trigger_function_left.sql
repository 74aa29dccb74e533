-- before
create table t (a int);

-- up
create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger tr before insert on t for each row execute function f();

-- down
drop trigger tr on t;

-- good down
drop trigger tr on t;
drop function f();

-- before
create table t (a int);
create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger tr before insert or update on t for each row execute function f();

-- up
drop trigger tr on t;

-- down
create trigger tr before insert on t for each row execute function f();

-- good down
create trigger tr before insert or update on t for each row execute function f();

-- before
create table t (a int);
create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger tr before insert on t for each row execute function f();

-- up
alter table t disable trigger tr;

-- down
select 1;

-- good down
alter table t enable trigger tr;

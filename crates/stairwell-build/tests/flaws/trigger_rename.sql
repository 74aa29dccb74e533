-- before
create table t (a int);
create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger old_name before insert on t for each row execute function f();

-- up
alter trigger old_name on t rename to new_name;

-- down
select 1;

-- good down
alter trigger new_name on t rename to old_name;

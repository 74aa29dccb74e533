-- before
create table t (a int);
create function f() returns trigger language plpgsql as $$ begin return new; end $$;

-- up
create or replace trigger t_f before insert on t for each row execute function f();

-- down
select 1;

-- good down
drop trigger t_f on t;

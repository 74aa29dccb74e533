-- before
create function f() returns event_trigger language plpgsql as $$ begin null; end $$;

-- up
create event trigger et on ddl_command_end execute function f();

-- down
select 1;

-- good down
drop event trigger et;

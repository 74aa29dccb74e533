-- from 17
create function f() returns event_trigger language plpgsql as $$ begin null; end $$;
create event trigger pg17_login on login execute function f();
drop event trigger pg17_login;

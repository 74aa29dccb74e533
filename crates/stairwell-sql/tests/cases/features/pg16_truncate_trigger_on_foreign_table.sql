-- from 16
create foreign data wrapper w;
create server s foreign data wrapper w;
create foreign table ft (id int) server s;
create function f() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger tr before truncate on ft for each statement execute function f();

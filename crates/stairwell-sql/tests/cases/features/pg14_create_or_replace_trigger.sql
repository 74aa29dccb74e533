create table t (id int primary key, touched_at timestamptz);
create function touch() returns trigger language plpgsql as $$ begin new.touched_at := now(); return new; end $$;
create trigger touch before insert on t for each row execute function touch();
create or replace trigger touch before insert or update on t for each row execute function touch();

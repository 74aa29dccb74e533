-- from 15
create table m (id int) partition by list (id);
create table m_1 partition of m for values in (1);
create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger tr before insert on m for each row execute function f();
alter trigger tr on m rename to tr_renamed;
do $$ begin assert (select count(*) from pg_trigger where tgname = 'tr_renamed') = 2; end $$;

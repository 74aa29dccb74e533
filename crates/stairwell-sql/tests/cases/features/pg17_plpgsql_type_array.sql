-- from 17
create table t (a int);
create function f() returns int language plpgsql as $$
declare
  xs t.a%type[] := array(select a from t);
  rows t%rowtype[];
begin
  return cardinality(xs);
end $$;
select f();

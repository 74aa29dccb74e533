-- from 18
create function f() returns int language plpgsql as $$
declare
  c cursor (low int) for select g from generate_series(1, 9) g where g > low;
  n int;
begin
  open c(low => 5);
  fetch c into n;
  return n;
end $$;
select f();

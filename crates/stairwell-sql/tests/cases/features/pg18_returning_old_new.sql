-- from 18
create table t (id int primary key, x int);
create table log (was int, became int);
with u as (update t set x = x + 1 returning old.x as was, new.x as became)
insert into log select was, became from u;
insert into t values (1, 1) on conflict (id) do update set x = excluded.x returning with (old as o, new as n) o.x, n.x;

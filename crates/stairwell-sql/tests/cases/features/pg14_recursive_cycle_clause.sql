create table edge (src int, dst int);
create view reach as
  with recursive r (src, dst) as (
    select src, dst from edge
    union all
    select r.src, e.dst from r join edge e on e.src = r.dst
  ) cycle dst set looped using path
  select src, dst, looped from r;

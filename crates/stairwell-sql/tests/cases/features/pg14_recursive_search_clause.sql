create table node (id int primary key, parent int references node);
create view tree as
  with recursive r as (
    select id, parent from node where parent is null
    union all
    select n.id, n.parent from node n join r on n.parent = r.id
  ) search depth first by id set path
  select id, row_number() over (order by path) as nr from r;

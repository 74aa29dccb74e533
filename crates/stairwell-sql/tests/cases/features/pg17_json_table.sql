-- from 17
create table raw (body jsonb);
create view item as
  select j.* from raw, json_table(body, '$.items[*]' columns (
    nr for ordinality,
    sku text path '$.sku' default '-' on empty,
    has_tax boolean exists path '$.tax',
    nested path '$.parts[*]' columns (part int path '$')
  )) as j;

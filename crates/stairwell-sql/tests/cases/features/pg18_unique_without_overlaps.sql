-- from 18
create table price (sku int4range, during daterange, constraint price_once unique (sku, during without overlaps));

create function add_tax(net numeric) returns numeric language sql immutable return net * 1.2;
create table bill (net numeric not null, gross numeric generated always as (add_tax(net)) stored);

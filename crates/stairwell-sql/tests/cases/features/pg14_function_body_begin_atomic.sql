create table item (id int primary key, price numeric not null);
create function raise_price(p_id int, p_by numeric) returns numeric language sql begin atomic
  update item set price = price + p_by where id = p_id;
  select price from item where id = p_id;
end;

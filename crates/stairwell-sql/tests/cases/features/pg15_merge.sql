-- from 15
create table stock (id int primary key, qty int not null);
create table delivery (id int, qty int);
merge into stock s using delivery d on s.id = d.id
  when matched and d.qty = 0 then delete
  when matched then update set qty = s.qty + d.qty
  when not matched then insert (id, qty) values (d.id, d.qty);

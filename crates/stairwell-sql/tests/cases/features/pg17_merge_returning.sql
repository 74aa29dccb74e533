-- from 17
create table stock (id int primary key, qty int);
create table delivery (id int, qty int);
create table log (action text, id int);
with m as (
  merge into stock s using delivery d on s.id = d.id
    when matched then update set qty = d.qty
    when not matched then insert values (d.id, d.qty)
    returning merge_action() as action, s.id
)
insert into log select action, id from m;

-- from 17
create table t (id int primary key, x int);
create view v as select id, x from t;
merge into v using (values (1, 2)) as n (id, x) on v.id = n.id
  when not matched then insert values (n.id, n.x);

-- from 17
create table a (id int primary key, gone boolean default false);
create table b (id int);
merge into a using b on a.id = b.id
  when not matched by target then insert (id) values (b.id)
  when not matched by source then update set gone = true;

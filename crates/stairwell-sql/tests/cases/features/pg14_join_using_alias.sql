create table a (id int primary key, x int);
create table b (id int primary key, y int);
create view ab as select j.id, x, y from a join b using (id) as j;

-- from 15
create table p (a int, b int, primary key (a, b));
create table c (a int, b int default 0);
alter table c add constraint c_p foreign key (a, b) references p on delete set default (b);

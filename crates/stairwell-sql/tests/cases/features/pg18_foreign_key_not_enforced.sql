-- from 18
create table p (id int primary key);
create table c (p int, constraint c_p foreign key (p) references p not enforced);
alter table c alter constraint c_p enforced;

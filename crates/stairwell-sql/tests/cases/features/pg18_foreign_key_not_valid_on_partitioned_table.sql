-- from 18
create table p (id int primary key);
create table m (p int) partition by list (p);
create table m_1 partition of m for values in (1);
alter table m add constraint m_p foreign key (p) references p not valid;
alter table m validate constraint m_p;

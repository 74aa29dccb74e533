-- before
create table p (id int primary key);
create table c (p int);

-- up
alter table c add constraint c_p foreign key (p) references p not valid;

-- down
select 1;

-- good down
alter table c drop constraint c_p;

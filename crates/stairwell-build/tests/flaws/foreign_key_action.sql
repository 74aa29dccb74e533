-- before
create table p (id int primary key);
create table c (p int constraint c_p references p on delete cascade);

-- up
alter table c drop constraint c_p, add constraint c_p foreign key (p) references p on delete restrict;

-- down
alter table c drop constraint c_p, add constraint c_p foreign key (p) references p;

-- good down
alter table c drop constraint c_p, add constraint c_p foreign key (p) references p on delete cascade;

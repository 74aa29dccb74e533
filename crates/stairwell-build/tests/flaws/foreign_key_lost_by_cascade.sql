-- before
create table p (id int constraint p_pk primary key);
create table c (p int constraint c_p references p);

-- up
alter table p drop constraint p_pk cascade;

-- down
alter table p add constraint p_pk primary key (id);

-- good down
alter table p add constraint p_pk primary key (id);
alter table c add constraint c_p foreign key (p) references p;

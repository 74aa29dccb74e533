-- from 17
create table m (id int) partition by list (id) using heap;
alter table m set access method default;

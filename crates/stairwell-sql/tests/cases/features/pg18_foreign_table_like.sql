-- from 18
create table t (id int not null, body text default '-');
create foreign data wrapper w;
create server s foreign data wrapper w;
create foreign table ft (like t including defaults) server s;

create table doc (id int primary key, body text compression pglz);
alter table doc alter column body set compression default;

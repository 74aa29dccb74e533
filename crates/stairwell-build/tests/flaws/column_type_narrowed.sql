-- before
create table t (name varchar(40) not null);

-- up
alter table t alter name type text;

-- down
alter table t alter name type varchar(50);

-- good down
alter table t alter name type varchar(40);

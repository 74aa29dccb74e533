-- before
create table t (a int not null default 3);

-- up
alter table t alter a drop default, alter a type text;

-- down
alter table t alter a type int using a::int;

-- good down
alter table t alter a type int using a::int, alter a set default 3;

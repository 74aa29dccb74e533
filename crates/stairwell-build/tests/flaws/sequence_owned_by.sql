-- before
create sequence s;
create table t (id int default nextval('s'));

-- up
alter sequence s owned by t.id;

-- down
select 1;

-- good down
alter sequence s owned by none;

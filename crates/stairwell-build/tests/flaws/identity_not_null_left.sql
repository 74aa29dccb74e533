-- before
create table t (id int);

-- up
alter table t alter id set not null, alter id add generated always as identity;

-- down
alter table t alter id drop identity;

-- good down
alter table t alter id drop identity, alter id drop not null;

-- before
create table t (id int);

-- up
alter table t add primary key (id);

-- down
alter table t drop constraint t_pkey;

-- good down
alter table t drop constraint t_pkey, alter id drop not null;

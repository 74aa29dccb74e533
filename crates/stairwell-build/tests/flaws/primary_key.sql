-- before
create table t (id int not null);

-- up
alter table t add primary key (id);

-- down
select 1;

-- good down
alter table t drop constraint t_pkey;

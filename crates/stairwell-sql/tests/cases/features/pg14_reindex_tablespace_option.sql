create table t (id int primary key);
reindex (tablespace pg_default, verbose false) table t;

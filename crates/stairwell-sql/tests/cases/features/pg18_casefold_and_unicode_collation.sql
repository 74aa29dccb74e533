-- from 18
create table t (name text collate pg_unicode_fast);
create unique index t_name on t (casefold(name));

create table t (id int);
grant select on t to pg_monitor granted by current_user;
revoke select on t from pg_monitor granted by current_user;

create foreign data wrapper w;
create foreign data wrapper w2 validator postgresql_fdw_validator;
create foreign data wrapper w3 no handler validator pg_catalog.postgresql_fdw_validator;
alter foreign data wrapper w options (add a '1', b '2');
alter foreign data wrapper w options (set a '3', drop b);
alter foreign data wrapper w3 no validator;
alter foreign data wrapper w3 rename to w4;
create server s type 'kind' version '1' foreign data wrapper w options (host 'here', port '1');
alter server s version '2' options (set host 'there', drop port);
create server if not exists s foreign data wrapper w;
create server s2 foreign data wrapper w;
alter server s2 rename to s3;
alter server s3 owner to pg_monitor;
create user mapping for current_user server s options (x '1', password 'secret');
create user mapping for public server s;
create user mapping for pg_monitor server s options (y '1');
alter user mapping for pg_monitor server s options (add z '2', drop y);
create user mapping for pg_read_all_data server s;
drop user mapping for pg_read_all_data server s;
create server gone foreign data wrapper w;
create user mapping for public server gone;
create foreign table lost (a int) server gone;
-- refused
drop server gone;
-- refused
alter server s options (nothing 'x', set nothing2 'y');
drop server gone cascade;
-- refused
drop server gone;

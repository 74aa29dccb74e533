create role pg14_reader;
grant pg_read_all_data to pg14_reader;
revoke pg_read_all_data from pg14_reader;
drop role pg14_reader;

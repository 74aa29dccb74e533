-- from 18
create role pg18_reader;
alter default privileges grant select on large objects to pg18_reader;
alter default privileges revoke select on large objects from pg18_reader;
drop role pg18_reader;

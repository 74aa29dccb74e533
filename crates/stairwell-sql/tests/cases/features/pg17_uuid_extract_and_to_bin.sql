-- from 17
create table t (id uuid default gen_random_uuid(), version int, bits text default to_bin(5));
update t set version = uuid_extract_version(id);

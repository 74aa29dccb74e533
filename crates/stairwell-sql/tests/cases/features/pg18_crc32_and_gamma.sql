-- from 18
create table t (body bytea, sum bigint generated always as (crc32c(body)) stored, g float8 default gamma(5));

-- from 18
create table t (net numeric, gross numeric generated always as (net * 1.2) virtual, half numeric generated always as (net / 2));
alter table t add column third numeric generated always as (net / 3) virtual;

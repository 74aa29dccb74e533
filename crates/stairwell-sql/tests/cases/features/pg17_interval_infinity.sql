-- from 17
create table lease (ttl interval not null default 'infinity', check (isfinite(ttl) or ttl > '0'::interval));

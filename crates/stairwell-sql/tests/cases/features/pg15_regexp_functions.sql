-- from 15
create table mail (addr text check (regexp_like(addr, '^[^@]+@[^@]+$')), dots int generated always as (regexp_count(addr, '\.')) stored);
create index on mail (regexp_substr(addr, '@(.*)$', 1, 1, '', 1));
update mail set addr = regexp_replace(addr, 'a', 'b', 1, 2);

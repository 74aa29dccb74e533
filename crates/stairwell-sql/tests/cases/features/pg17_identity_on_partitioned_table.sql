-- from 17
create table m (id bigint generated always as identity, at date not null) partition by range (at);
create table m_1 partition of m for values from ('2024-01-01') to ('2025-01-01');
insert into m_1 (at) values ('2024-05-01');

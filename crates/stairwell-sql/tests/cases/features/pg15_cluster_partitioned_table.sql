-- from 15
create table m (id int not null, at date not null) partition by range (at);
create table m_1 partition of m for values from ('2024-01-01') to ('2025-01-01');
create index m_id on m (id);
cluster m using m_id;

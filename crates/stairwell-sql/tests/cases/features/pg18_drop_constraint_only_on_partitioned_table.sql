-- from 18
create table m (a int, constraint m_a check (a > 0)) partition by list (a);
create table m_1 partition of m for values in (1);
alter table only m drop constraint m_a;

-- from 18
create table m (a int) partition by list (a);
create table m_1 partition of m for values in (1);
analyze only m;

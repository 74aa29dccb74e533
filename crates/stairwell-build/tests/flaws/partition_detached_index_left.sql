-- before
create table m (a int) partition by list (a);
create table m_1 (a int);
create index m_a on m (a);

-- up
alter table m attach partition m_1 for values in (1);

-- down
alter table m detach partition m_1;

-- good down
alter table m detach partition m_1;
drop index m_1_a_idx;

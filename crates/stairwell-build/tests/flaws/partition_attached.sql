-- before
create table m (a int) partition by list (a);
create table m_1 (a int);

-- up
alter table m attach partition m_1 for values in (1);

-- down
select 1;

-- good down
alter table m detach partition m_1;

-- before
create table m (a int) partition by range (a);
create table m_1 partition of m for values from (0) to (10);

-- up
alter table m detach partition m_1;

-- down
alter table m attach partition m_1 for values from (0) to (100);

-- good down
alter table m attach partition m_1 for values from (0) to (10);

-- before
create table m (a int) partition by list (a);

-- up
create table m_rest partition of m default;

-- down
select 1;

-- good down
drop table m_rest;

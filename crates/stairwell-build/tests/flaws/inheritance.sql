-- before
create table p (a int);
create table c (a int);

-- up
alter table c inherit p;

-- down
select 1;

-- good down
alter table c no inherit p;

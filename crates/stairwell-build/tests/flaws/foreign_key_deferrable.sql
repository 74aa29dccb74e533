-- before
create table p (id int primary key);
create table c (p int constraint c_p references p);

-- up
alter table c alter constraint c_p deferrable initially deferred;

-- down
alter table c alter constraint c_p deferrable initially immediate;

-- good down
alter table c alter constraint c_p not deferrable;

-- from 15
create table price (thousands numeric(5, -3), tiny numeric(3, 6));

-- from 18
create table p (a int constraint p_a_set not null);
create table c () inherits (p);
alter table p alter constraint p_a_set no inherit;
alter table p alter constraint p_a_set inherit;

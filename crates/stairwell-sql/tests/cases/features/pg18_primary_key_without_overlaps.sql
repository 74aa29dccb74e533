-- from 18
create table stay (room int4range, during daterange, primary key (room, during without overlaps));

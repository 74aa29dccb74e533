-- from 18
create table stay (room int4range, during daterange, primary key (room, during without overlaps));
create table bill (room int4range, during daterange, foreign key (room, period during) references stay (room, period during));

-- from 17
create table room (room int4range, at int4range, exclude using gist (room with &&, at with =)) partition by range (at);

-- from 18
CREATE EXTENSION btree_gist;
CREATE TABLE rooms (id int, valid tsrange, PRIMARY KEY (id, valid WITHOUT OVERLAPS));
CREATE TABLE bookings (id int, room int, during tsrange, CONSTRAINT u UNIQUE (id, during WITHOUT OVERLAPS), FOREIGN KEY (room, PERIOD during) REFERENCES rooms (id, PERIOD valid));
ALTER TABLE bookings ADD FOREIGN KEY (room, PERIOD during) REFERENCES rooms;

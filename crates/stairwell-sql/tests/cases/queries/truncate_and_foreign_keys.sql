CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent);
CREATE TABLE self (id int PRIMARY KEY, up int REFERENCES self);
-- refused
TRUNCATE parent;
TRUNCATE child;
TRUNCATE parent, child;
TRUNCATE parent CASCADE;
TRUNCATE self;
CREATE VIEW v AS SELECT 1 AS one;
-- refused
TRUNCATE v;

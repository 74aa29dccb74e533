CREATE TABLE r (a int, b int, UNIQUE (b), PRIMARY KEY (a), UNIQUE (a, b));
CREATE TABLE same (a int UNIQUE PRIMARY KEY, b int UNIQUE CONSTRAINT named UNIQUE);
CREATE TABLE self (id int PRIMARY KEY, parent int REFERENCES self, other int, FOREIGN KEY (parent, other) REFERENCES self (id, other), UNIQUE (id, other));
-- refused
CREATE TABLE two (a int PRIMARY KEY, b int PRIMARY KEY);
-- refused
CREATE TABLE twice (a int, UNIQUE (a, a));
-- refused
CREATE TABLE nokey (a int REFERENCES missing);

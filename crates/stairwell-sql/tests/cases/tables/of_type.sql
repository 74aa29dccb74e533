CREATE TYPE person AS (name text, born date, code varchar(3));
CREATE TABLE people OF person (name NOT NULL, PRIMARY KEY (name), born DEFAULT '2000-01-01');
CREATE TABLE plain OF person;
CREATE TABLE loose (name text, born date, code varchar(3));
ALTER TABLE loose OF person;
ALTER TABLE plain NOT OF;
-- refused
DROP TYPE person;

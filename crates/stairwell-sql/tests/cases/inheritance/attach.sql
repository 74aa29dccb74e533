CREATE TABLE p (id int NOT NULL, a text, CONSTRAINT ca CHECK (a <> ''));
CREATE TABLE c (a text, id int NOT NULL, CONSTRAINT ca CHECK (a <> ''), more int);
CREATE TABLE lacking (id int NOT NULL);
CREATE TABLE unchecked (id int NOT NULL, a text);
ALTER TABLE c INHERIT p;
-- refused
ALTER TABLE c INHERIT p;
-- refused
ALTER TABLE lacking INHERIT p;
-- refused
ALTER TABLE unchecked INHERIT p;
ALTER TABLE p ADD COLUMN z int;
ALTER TABLE p DROP COLUMN a;
ALTER TABLE c NO INHERIT p;
-- refused
ALTER TABLE c NO INHERIT p;
ALTER TABLE c DROP COLUMN z;

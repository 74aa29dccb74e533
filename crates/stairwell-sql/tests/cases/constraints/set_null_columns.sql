-- from 15
CREATE TABLE r (id int PRIMARY KEY, code text, UNIQUE (code, id));
CREATE TABLE t (a int, b text, CONSTRAINT two FOREIGN KEY (b, a) REFERENCES r (code, id) ON DELETE SET NULL (b));
ALTER TABLE t RENAME b TO c;
ALTER TABLE t ADD FOREIGN KEY (c, a) REFERENCES r (code, id) ON DELETE SET DEFAULT (a);

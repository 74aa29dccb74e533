CREATE TABLE log (line text);
CREATE PROCEDURE note(line text) LANGUAGE sql AS $$ INSERT INTO log VALUES (line) $$;
CREATE PROCEDURE counted(a int, OUT b int) LANGUAGE plpgsql AS $$ BEGIN b := a; END $$;
CREATE PROCEDURE both_ways(INOUT a int) LANGUAGE plpgsql AS $$ BEGIN a := a + 1; END $$;
CREATE PROCEDURE atomic(a text) LANGUAGE sql BEGIN ATOMIC INSERT INTO log VALUES (a); END;
CREATE OR REPLACE PROCEDURE note(line text) LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO log VALUES (line); END $$;
CALL note('a');
ALTER PROCEDURE counted(int, OUT int) RENAME TO counting;
ALTER PROCEDURE counting(int) SET work_mem = '1MB';
-- refused
CALL missing(1);
-- refused
DROP TABLE log;
DROP PROCEDURE atomic(text);
DROP TABLE log;

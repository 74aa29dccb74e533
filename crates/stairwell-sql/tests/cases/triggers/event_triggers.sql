CREATE FUNCTION noticed() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'x'; END $$;
CREATE EVENT TRIGGER every ON ddl_command_end EXECUTE FUNCTION noticed();
CREATE EVENT TRIGGER tables_only ON ddl_command_start WHEN TAG IN ('create table', 'DROP TABLE') EXECUTE FUNCTION noticed();
ALTER EVENT TRIGGER every DISABLE;
ALTER EVENT TRIGGER tables_only ENABLE REPLICA;
ALTER EVENT TRIGGER tables_only RENAME TO for_tables;
ALTER EVENT TRIGGER every ENABLE ALWAYS;
-- refused
CREATE EVENT TRIGGER every ON ddl_command_end EXECUTE FUNCTION noticed();
-- refused
CREATE EVENT TRIGGER x ON ddl_command_end EXECUTE FUNCTION missing();
-- refused
ALTER EVENT TRIGGER missing DISABLE;

DROP TRIGGER record_audit_entry ON users;

DROP TRIGGER record_audit_entry ON assets;

DROP FUNCTION record_audit_entry();

DROP TABLE audit_log;

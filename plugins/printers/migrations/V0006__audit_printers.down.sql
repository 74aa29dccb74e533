DROP TRIGGER record_audit_entry ON printers;

-- Computers of the shop floor are part of the validated process, so their changes belong into the audit log too.
-- stairwell: requires core 6
CREATE TRIGGER record_audit_entry
AFTER INSERT OR UPDATE OR DELETE ON computers
FOR EACH ROW EXECUTE FUNCTION record_audit_entry('asset_id');

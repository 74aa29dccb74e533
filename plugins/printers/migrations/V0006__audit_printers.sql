-- Somebody keeps renaming queues, and the whole of assembly prints to the warehouse.
-- stairwell: requires core 6
CREATE TRIGGER record_audit_entry
AFTER INSERT OR UPDATE OR DELETE ON printers
FOR EACH ROW EXECUTE FUNCTION record_audit_entry('asset_id');

ALTER TABLE printers RENAME CONSTRAINT uq_printers_share_name TO uq_printers_queue_name;

ALTER TABLE printers RENAME COLUMN share_name TO queue_name;

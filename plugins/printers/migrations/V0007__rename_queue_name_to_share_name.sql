-- Since the move to the Windows print server the name is that of a share, and tickets were mixing up the two.
-- stairwell: allow renaming-column the application is stopped while it is upgraded
ALTER TABLE printers RENAME COLUMN queue_name TO share_name;

ALTER TABLE printers RENAME CONSTRAINT uq_printers_queue_name TO uq_printers_share_name;

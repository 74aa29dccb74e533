ALTER TABLE notifications DROP CONSTRAINT ck_notifications_acknowledgement;

ALTER TABLE notifications DROP CONSTRAINT fk_notifications_acknowledged_by_id;

ALTER TABLE notifications DROP COLUMN acknowledged_at;
ALTER TABLE notifications DROP COLUMN acknowledged_by_id;

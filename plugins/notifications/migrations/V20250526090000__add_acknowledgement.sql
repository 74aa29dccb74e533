-- An outage is only handled when somebody has said "I have it", with name and time.
ALTER TABLE notifications ADD COLUMN acknowledged_by_id bigint;
ALTER TABLE notifications ADD COLUMN acknowledged_at timestamptz;

ALTER TABLE notifications
    ADD CONSTRAINT fk_notifications_acknowledged_by_id FOREIGN KEY (acknowledged_by_id) REFERENCES users (id);

ALTER TABLE notifications
    ADD CONSTRAINT ck_notifications_acknowledgement CHECK (
        (acknowledged_by_id IS NULL) = (acknowledged_at IS NULL)
    );

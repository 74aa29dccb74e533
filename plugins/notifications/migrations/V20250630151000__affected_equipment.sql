-- An outage names the machines that it stops, and the display beside such a machine shows it.
-- stairwell: requires equipment 1
CREATE TABLE notification_equipment (
    notification_id bigint NOT NULL,
    equipment_id bigint NOT NULL,
    CONSTRAINT pk_notification_equipment PRIMARY KEY (notification_id, equipment_id),
    CONSTRAINT fk_notification_equipment_notification_id FOREIGN KEY (notification_id) REFERENCES notifications (id)
        ON DELETE CASCADE,
    CONSTRAINT fk_notification_equipment_equipment_id FOREIGN KEY (equipment_id) REFERENCES equipment (asset_id)
        ON DELETE CASCADE
);

CREATE INDEX ix_notification_equipment_equipment_id ON notification_equipment (equipment_id);

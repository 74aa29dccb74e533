-- After the fire drill that nobody heard of, each delivery leaves a record.
CREATE TABLE notification_deliveries (
    id bigserial NOT NULL,
    notification_id bigint NOT NULL,
    subscription_id bigint NOT NULL,
    delivered_at timestamptz,
    failure text,
    CONSTRAINT pk_notification_deliveries PRIMARY KEY (id),
    CONSTRAINT fk_notification_deliveries_notification_id FOREIGN KEY (notification_id) REFERENCES notifications (id)
        ON DELETE CASCADE,
    CONSTRAINT fk_notification_deliveries_subscription_id FOREIGN KEY (subscription_id)
        REFERENCES notification_subscriptions (id) ON DELETE CASCADE,
    CONSTRAINT uq_notification_deliveries_notification_id_subscription_id UNIQUE (notification_id, subscription_id)
);

CREATE INDEX ix_notification_deliveries_pending ON notification_deliveries (notification_id)
WHERE delivered_at IS NULL;

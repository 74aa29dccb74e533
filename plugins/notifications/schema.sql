-- What the migrations of `notifications` add up to: objects only, no rows. The suite holds them against this file.

CREATE TYPE notification_severity AS ENUM ('info', 'warning', 'outage');

CREATE TABLE notification_channels (
    id bigserial NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    CONSTRAINT pk_notification_channels PRIMARY KEY (id),
    CONSTRAINT uq_notification_channels_name UNIQUE (name),
    CONSTRAINT ck_notification_channels_kind CHECK (kind IN ('email', 'display', 'chat'))
);

CREATE TABLE notifications (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site_id bigint,
    severity notification_severity NOT NULL DEFAULT 'info',
    title text NOT NULL,
    body text,
    created_by_id bigint NOT NULL,
    starts_at timestamptz NOT NULL DEFAULT now(),
    ends_at timestamptz,
    acknowledged_by_id bigint,
    acknowledged_at timestamptz,
    CONSTRAINT pk_notifications PRIMARY KEY (id),
    CONSTRAINT fk_notifications_site_id FOREIGN KEY (site_id) REFERENCES sites (id),
    CONSTRAINT fk_notifications_created_by_id FOREIGN KEY (created_by_id) REFERENCES users (id),
    CONSTRAINT fk_notifications_acknowledged_by_id FOREIGN KEY (acknowledged_by_id) REFERENCES users (id),
    CONSTRAINT ck_notifications_ends_at CHECK (ends_at > starts_at),
    CONSTRAINT ck_notifications_acknowledgement CHECK (
        (acknowledged_by_id IS NULL) = (acknowledged_at IS NULL)
    )
);

CREATE INDEX ix_notifications_open ON notifications (site_id, starts_at)
WHERE ends_at IS NULL;

COMMENT ON COLUMN notifications.site_id IS 'NULL for an announcement to all sites';

CREATE TABLE notification_subscriptions (
    id bigint GENERATED ALWAYS AS IDENTITY,
    user_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    unsubscribe_token text NOT NULL,
    CONSTRAINT pk_notification_subscriptions PRIMARY KEY (id),
    CONSTRAINT fk_notification_subscriptions_user_id FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT fk_notification_subscriptions_channel_id FOREIGN KEY (channel_id) REFERENCES notification_channels (id),
    CONSTRAINT uq_notification_subscriptions_user_id_channel_id UNIQUE (user_id, channel_id),
    CONSTRAINT uq_notification_subscriptions_unsubscribe_token UNIQUE (unsubscribe_token),
    CONSTRAINT ck_notification_subscriptions_token_is_hash CHECK (unsubscribe_token ~ '^[0-9a-f]{64}$')
);

COMMENT ON COLUMN notification_subscriptions.unsubscribe_token IS 'SHA-256 of the token, in hexadecimal';

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

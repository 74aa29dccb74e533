-- Announcements of outages and drills, which used to be a text file beside the time clock.
-- The team of this plugin works on two sites, so its versions are timestamps.
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
    CONSTRAINT pk_notifications PRIMARY KEY (id),
    CONSTRAINT fk_notifications_site_id FOREIGN KEY (site_id) REFERENCES sites (id),
    CONSTRAINT fk_notifications_created_by_id FOREIGN KEY (created_by_id) REFERENCES users (id),
    CONSTRAINT ck_notifications_ends_at CHECK (ends_at > starts_at)
);

COMMENT ON COLUMN notifications.site_id IS 'NULL for an announcement to all sites';

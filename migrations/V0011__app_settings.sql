-- Settings were spread over environment files of four servers.
-- The prefix of a key says whose it is, so that two plugins never fight over one.
CREATE TABLE app_settings (
    key text NOT NULL,
    value jsonb NOT NULL,
    changed_by_id bigint,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_app_settings PRIMARY KEY (key),
    CONSTRAINT fk_app_settings_changed_by_id FOREIGN KEY (changed_by_id) REFERENCES users (id),
    CONSTRAINT ck_app_settings_key CHECK (key ~ '^(core|plugin\.[a-z0-9]+)(\.[a-z0-9_]+)+$')
);

INSERT INTO app_settings (key, value)
VALUES
    ('core.company_name', '"Shop floor"'),
    ('core.inventory_interval_days', '365');

COMMENT ON COLUMN app_settings.key IS 'core.<name> or plugin.<plugin>.<name>';

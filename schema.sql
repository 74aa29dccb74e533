-- What the migrations of core add up to: objects only, no rows. The suite holds them against this file.

CREATE DOMAIN email_address AS text
    CONSTRAINT ck_email_address CHECK (VALUE ~ '^[^@\s]+@[^@\s]+$');

CREATE TYPE asset_status AS ENUM ('active', 'in_repair', 'spare', 'retired');
CREATE TYPE location_kind AS ENUM ('workshop', 'office', 'storage', 'outdoor');
CREATE TYPE user_role AS ENUM ('viewer', 'technician', 'admin');

COMMENT ON DOMAIN email_address IS 'Only the shape is checked; the mail server knows the rest';

CREATE TABLE sites (
    id bigint GENERATED ALWAYS AS IDENTITY,
    code text NOT NULL,
    name text NOT NULL,
    time_zone text NOT NULL DEFAULT 'Europe/Berlin',
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_sites PRIMARY KEY (id),
    CONSTRAINT uq_sites_code UNIQUE (code),
    CONSTRAINT ck_sites_code_upper CHECK (code = upper(code))
);

COMMENT ON TABLE sites IS 'Factories and warehouses';
COMMENT ON COLUMN sites.code IS 'Plant code of the ERP';

CREATE TABLE locations (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site_id bigint NOT NULL,
    kind location_kind NOT NULL DEFAULT 'workshop',
    building text,
    floor integer,
    seat text,
    area text,
    label text NOT NULL
    GENERATED ALWAYS AS (COALESCE(area, building || '-' || floor::text || '.' || seat)) STORED,
    CONSTRAINT pk_locations PRIMARY KEY (id),
    CONSTRAINT fk_locations_site_id FOREIGN KEY (site_id) REFERENCES sites (id),
    CONSTRAINT uq_locations_site_id_label UNIQUE (site_id, label),
    CONSTRAINT ck_locations_seat_or_area CHECK (
        (area IS NOT NULL AND building IS NULL AND floor IS NULL AND seat IS NULL)
        OR (area IS NULL AND building IS NOT NULL AND floor IS NOT NULL AND seat IS NOT NULL)
    ),
    -- What can be written is what can be split again.
    CONSTRAINT ck_locations_building CHECK (building ~ '^[A-Z]+$'),
    CONSTRAINT ck_locations_floor CHECK (floor BETWEEN -99 AND 99),
    CONSTRAINT ck_locations_seat CHECK (seat ~ '^[0-9]+$'),
    CONSTRAINT ck_locations_area CHECK (area !~ '^[A-Z]+-(0|-?[1-9][0-9]?)\.[0-9]+$')
);

COMMENT ON TABLE locations IS 'Places within a site where an asset can stand';
COMMENT ON COLUMN locations.floor IS '0 is the ground floor, -1 the first basement';
COMMENT ON COLUMN locations.area IS 'A place without a seat number, for example Dock 3';
COMMENT ON COLUMN locations.label IS 'As printed on the door, computed from its parts';

CREATE TABLE departments (
    id bigint GENERATED ALWAYS AS IDENTITY,
    cost_center text NOT NULL,
    name text NOT NULL,
    CONSTRAINT pk_departments PRIMARY KEY (id),
    CONSTRAINT uq_departments_cost_center UNIQUE (cost_center)
);

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY,
    login text NOT NULL,
    full_name text NOT NULL,
    email email_address,
    role user_role NOT NULL DEFAULT 'viewer',
    department_id bigint,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT fk_users_department_id FOREIGN KEY (department_id) REFERENCES departments (id),
    CONSTRAINT uq_users_login UNIQUE (login)
);

COMMENT ON COLUMN users.is_active IS 'People who have left stay, because the history names them';

CREATE TABLE vendors (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    support_phone text,
    support_email email_address,
    CONSTRAINT pk_vendors PRIMARY KEY (id),
    CONSTRAINT uq_vendors_name UNIQUE (name)
);

CREATE TABLE asset_types (
    code text NOT NULL,
    name text NOT NULL,
    sort_order integer NOT NULL,
    CONSTRAINT pk_asset_types PRIMARY KEY (code),
    CONSTRAINT uq_asset_types_name UNIQUE (name)
);

CREATE SEQUENCE asset_number_seq AS bigint START WITH 100000;

CREATE TABLE assets (
    id bigint GENERATED ALWAYS AS IDENTITY,
    asset_number text NOT NULL DEFAULT 'S' || nextval('asset_number_seq')::text,
    asset_type_code text NOT NULL,
    name text NOT NULL,
    serial_number text,
    status asset_status NOT NULL DEFAULT 'active',
    vendor_id bigint,
    location_id bigint,
    department_id bigint,
    purchased_on date,
    inventoried_on date,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_assets PRIMARY KEY (id),
    CONSTRAINT fk_assets_asset_type_code FOREIGN KEY (asset_type_code) REFERENCES asset_types (code),
    CONSTRAINT fk_assets_vendor_id FOREIGN KEY (vendor_id) REFERENCES vendors (id),
    CONSTRAINT fk_assets_location_id FOREIGN KEY (location_id) REFERENCES locations (id),
    CONSTRAINT fk_assets_department_id FOREIGN KEY (department_id) REFERENCES departments (id),
    CONSTRAINT uq_assets_asset_number UNIQUE (asset_number)
);

CREATE INDEX ix_assets_asset_type_code ON assets (asset_type_code);
CREATE INDEX ix_assets_location_id ON assets (location_id);
CREATE INDEX ix_assets_never_inventoried ON assets (location_id)
WHERE inventoried_on IS NULL;

COMMENT ON TABLE assets IS 'Everything that carries an inventory sticker';
COMMENT ON COLUMN assets.asset_number IS 'As printed on the sticker';
COMMENT ON COLUMN assets.inventoried_on IS 'When somebody last stood in front of it';

CREATE TABLE asset_relations (
    parent_asset_id bigint NOT NULL,
    child_asset_id bigint NOT NULL,
    kind text NOT NULL,
    note text,
    CONSTRAINT pk_asset_relations PRIMARY KEY (parent_asset_id, child_asset_id, kind),
    CONSTRAINT fk_asset_relations_parent_asset_id FOREIGN KEY (parent_asset_id) REFERENCES assets (id),
    CONSTRAINT fk_asset_relations_child_asset_id FOREIGN KEY (child_asset_id) REFERENCES assets (id),
    CONSTRAINT ck_asset_relations_kind CHECK (kind IN ('contains', 'controls', 'replaces')),
    CONSTRAINT ck_asset_relations_not_itself CHECK (parent_asset_id <> child_asset_id)
);

CREATE INDEX ix_asset_relations_child_asset_id ON asset_relations (child_asset_id);

CREATE TABLE app_settings (
    key text NOT NULL,
    value jsonb NOT NULL,
    changed_by_id bigint,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_app_settings PRIMARY KEY (key),
    CONSTRAINT fk_app_settings_changed_by_id FOREIGN KEY (changed_by_id) REFERENCES users (id),
    CONSTRAINT ck_app_settings_key CHECK (key ~ '^(core|plugin\.[a-z0-9]+)(\.[a-z0-9_]+)+$')
);

COMMENT ON COLUMN app_settings.key IS 'core.<name> or plugin.<plugin>.<name>';

CREATE TABLE audit_log (
    id bigserial NOT NULL,
    table_name text NOT NULL,
    row_key text NOT NULL,
    action text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL,
    old_row jsonb,
    new_row jsonb,
    CONSTRAINT pk_audit_log PRIMARY KEY (id),
    CONSTRAINT ck_audit_log_action CHECK (action IN ('INSERT', 'UPDATE', 'DELETE'))
);

CREATE INDEX ix_audit_log_table_name_row_key ON audit_log (table_name, row_key);

CREATE FUNCTION record_audit_entry() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    key_column text := TG_ARGV[0];
    before jsonb;
    after jsonb;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        before := to_jsonb(OLD);
    END IF;

    IF TG_OP <> 'DELETE' THEN
        after := to_jsonb(NEW);
    END IF;

    -- Importers write unchanged rows all night long.
    IF before = after THEN
        RETURN NULL;
    END IF;

    INSERT INTO audit_log (table_name, row_key, action, changed_by, old_row, new_row)
    VALUES (
        TG_TABLE_NAME,
        COALESCE(after, before) ->> key_column,
        TG_OP,
        COALESCE(NULLIF(current_setting('shopdb.login', true), ''), current_user),
        before,
        after
    );

    RETURN NULL;
END
$$;

COMMENT ON FUNCTION record_audit_entry() IS 'AFTER row trigger; its argument names the key column of the audited table';

CREATE TRIGGER record_audit_entry
AFTER INSERT OR UPDATE OR DELETE ON assets
FOR EACH ROW EXECUTE FUNCTION record_audit_entry('id');

CREATE TRIGGER record_audit_entry
AFTER INSERT OR UPDATE OR DELETE ON users
FOR EACH ROW EXECUTE FUNCTION record_audit_entry('id');

CREATE FUNCTION touch_updated_at() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER touch_updated_at
BEFORE UPDATE ON assets
FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE VIEW asset_overview AS
SELECT
    assets.id AS asset_id,
    assets.asset_number,
    assets.name,
    asset_types.name AS asset_type,
    assets.status,
    sites.code AS site_code,
    locations.label AS location_label,
    departments.cost_center,
    vendors.name AS vendor_name
FROM assets
INNER JOIN asset_types ON asset_types.code = assets.asset_type_code
LEFT JOIN locations ON locations.id = assets.location_id
LEFT JOIN sites ON sites.id = locations.site_id
LEFT JOIN departments ON departments.id = assets.department_id
LEFT JOIN vendors ON vendors.id = assets.vendor_id;

COMMENT ON VIEW asset_overview IS 'One row for each asset, also for those without a place';

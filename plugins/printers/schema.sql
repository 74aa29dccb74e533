-- What the migrations of `printers` add up to: objects only, no rows. The suite holds them against this file.

CREATE TYPE printer_status AS ENUM ('online', 'offline', 'error');

CREATE TABLE printers (
    asset_id bigint NOT NULL,
    share_name text NOT NULL,
    ip_address_id bigint,
    status printer_status NOT NULL DEFAULT 'offline',
    is_color boolean NOT NULL DEFAULT false,
    CONSTRAINT pk_printers PRIMARY KEY (asset_id),
    CONSTRAINT fk_printers_asset_id FOREIGN KEY (asset_id) REFERENCES assets (id),
    CONSTRAINT fk_printers_ip_address_id FOREIGN KEY (ip_address_id) REFERENCES ip_addresses (id),
    CONSTRAINT uq_printers_share_name UNIQUE (share_name),
    CONSTRAINT uq_printers_ip_address_id UNIQUE (ip_address_id)
);

CREATE TABLE printer_supplies (
    id bigint GENERATED ALWAYS AS IDENTITY,
    printer_id bigint NOT NULL,
    slot text NOT NULL,
    part_number text NOT NULL,
    state text,
    toner_level integer NOT NULL DEFAULT 100,
    toner_measured_at timestamptz,
    CONSTRAINT pk_printer_supplies PRIMARY KEY (id),
    CONSTRAINT fk_printer_supplies_printer_id FOREIGN KEY (printer_id) REFERENCES printers (asset_id)
        ON DELETE CASCADE,
    CONSTRAINT uq_printer_supplies_printer_id_slot UNIQUE (printer_id, slot),
    CONSTRAINT ck_printer_supplies_toner_level CHECK (toner_level BETWEEN 0 AND 100)
);

COMMENT ON TABLE printers IS 'What an asset has in addition if it is a printer';
COMMENT ON COLUMN printer_supplies.state IS 'What the print server reported: full, ok, low, empty, or nothing';
COMMENT ON COLUMN printer_supplies.toner_level IS 'Per cent';
COMMENT ON COLUMN printer_supplies.toner_measured_at IS 'NULL if the level is an estimate';

CREATE TABLE printer_page_counts (
    printer_id bigint NOT NULL,
    read_on date NOT NULL,
    pages_black bigint NOT NULL,
    pages_color bigint NOT NULL DEFAULT 0,
    pages_total bigint NOT NULL GENERATED ALWAYS AS (pages_black + pages_color) STORED,
    CONSTRAINT pk_printer_page_counts PRIMARY KEY (printer_id, read_on),
    CONSTRAINT fk_printer_page_counts_printer_id FOREIGN KEY (printer_id) REFERENCES printers (asset_id)
        ON DELETE CASCADE,
    CONSTRAINT ck_printer_page_counts_not_negative CHECK (pages_black >= 0 AND pages_color >= 0)
);

CREATE TRIGGER record_audit_entry
AFTER INSERT OR UPDATE OR DELETE ON printers
FOR EACH ROW EXECUTE FUNCTION record_audit_entry('asset_id');

CREATE VIEW printers_running_low AS
SELECT
    printers.asset_id AS printer_id,
    printers.share_name,
    asset_overview.site_code,
    asset_overview.location_label,
    ip_addresses.address,
    printer_supplies.slot,
    printer_supplies.part_number,
    printer_supplies.toner_level
FROM printer_supplies
INNER JOIN printers ON printers.asset_id = printer_supplies.printer_id
INNER JOIN asset_overview ON asset_overview.asset_id = printers.asset_id
LEFT JOIN ip_addresses ON ip_addresses.id = printers.ip_address_id
WHERE printer_supplies.toner_level <= 15;

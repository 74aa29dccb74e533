-- Printers and what they use up, as the old print server's database had them.
CREATE TYPE printer_status AS ENUM ('online', 'offline', 'error');

CREATE TABLE printers (
    asset_id bigint NOT NULL,
    queue_name text NOT NULL,
    ip_address_id bigint,
    status printer_status NOT NULL DEFAULT 'offline',
    is_color boolean NOT NULL DEFAULT false,
    CONSTRAINT pk_printers PRIMARY KEY (asset_id),
    CONSTRAINT fk_printers_asset_id FOREIGN KEY (asset_id) REFERENCES assets (id),
    CONSTRAINT fk_printers_ip_address_id FOREIGN KEY (ip_address_id) REFERENCES ip_addresses (id),
    CONSTRAINT uq_printers_queue_name UNIQUE (queue_name),
    CONSTRAINT uq_printers_ip_address_id UNIQUE (ip_address_id)
);

CREATE TABLE printer_supplies (
    id bigint GENERATED ALWAYS AS IDENTITY,
    printer_id bigint NOT NULL,
    slot text NOT NULL,
    part_number text NOT NULL,
    state text,
    CONSTRAINT pk_printer_supplies PRIMARY KEY (id),
    CONSTRAINT fk_printer_supplies_printer_id FOREIGN KEY (printer_id) REFERENCES printers (asset_id)
        ON DELETE CASCADE,
    CONSTRAINT uq_printer_supplies_printer_id_slot UNIQUE (printer_id, slot)
);

COMMENT ON TABLE printers IS 'What an asset has in addition if it is a printer';
COMMENT ON COLUMN printer_supplies.state IS 'What the print server reported: full, ok, low, empty, or nothing';

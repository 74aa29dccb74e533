-- Each plugin looks after one type of asset. The types are rows rather than an enum, so that a site can add its own.
CREATE TABLE asset_types (
    code text NOT NULL,
    name text NOT NULL,
    sort_order integer NOT NULL,
    CONSTRAINT pk_asset_types PRIMARY KEY (code),
    CONSTRAINT uq_asset_types_name UNIQUE (name)
);

INSERT INTO asset_types (code, name, sort_order)
VALUES
    ('computer', 'Computer', 10),
    ('equipment', 'Shop-floor equipment', 20),
    ('network_device', 'Network device', 30),
    ('printer', 'Printer', 40),
    ('usb_device', 'USB device', 50),
    ('other', 'Other', 900);

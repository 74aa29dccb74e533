-- Service calls start with the question whom to call, and until now the answer was a sticker on the machine.
CREATE TABLE vendors (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    support_phone text,
    support_email email_address,
    CONSTRAINT pk_vendors PRIMARY KEY (id),
    CONSTRAINT uq_vendors_name UNIQUE (name)
);

ALTER TABLE assets ADD COLUMN vendor_id bigint;

ALTER TABLE assets
    ADD CONSTRAINT fk_assets_vendor_id FOREIGN KEY (vendor_id) REFERENCES vendors (id);

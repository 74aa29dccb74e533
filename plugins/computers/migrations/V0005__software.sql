-- Licence audits need to know which product runs where, and the vendor's own list is never right.
CREATE TABLE software_products (
    id bigserial NOT NULL,
    publisher text NOT NULL,
    name text NOT NULL,
    licenses_owned integer,
    CONSTRAINT pk_software_products PRIMARY KEY (id),
    CONSTRAINT uq_software_products_publisher_name UNIQUE (publisher, name),
    CONSTRAINT ck_software_products_licenses_owned CHECK (licenses_owned >= 0)
);

CREATE TABLE computer_software (
    computer_id bigint NOT NULL,
    product_id bigint NOT NULL,
    version text,
    installed_on date,
    CONSTRAINT pk_computer_software PRIMARY KEY (computer_id, product_id),
    CONSTRAINT fk_computer_software_computer_id FOREIGN KEY (computer_id) REFERENCES computers (asset_id)
        ON DELETE CASCADE,
    CONSTRAINT fk_computer_software_product_id FOREIGN KEY (product_id) REFERENCES software_products (id)
);

CREATE INDEX ix_computer_software_product_id ON computer_software (product_id);

COMMENT ON COLUMN software_products.licenses_owned IS 'NULL if the product needs no licence';

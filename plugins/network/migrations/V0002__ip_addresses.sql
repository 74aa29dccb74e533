-- Fixed addresses were given out twice a month on average; here each one has at most one owner.
CREATE TABLE ip_addresses (
    id bigserial NOT NULL,
    subnet_id bigint NOT NULL,
    address inet NOT NULL,
    asset_id bigint,
    reserved_for text,
    CONSTRAINT pk_ip_addresses PRIMARY KEY (id),
    CONSTRAINT fk_ip_addresses_subnet_id FOREIGN KEY (subnet_id) REFERENCES subnets (id),
    CONSTRAINT fk_ip_addresses_asset_id FOREIGN KEY (asset_id) REFERENCES assets (id),
    CONSTRAINT uq_ip_addresses_address UNIQUE (address),
    CONSTRAINT ck_ip_addresses_is_host CHECK (
        masklen(address) = CASE family(address) WHEN 4 THEN 32 ELSE 128 END
    )
);

CREATE INDEX ix_ip_addresses_subnet_id ON ip_addresses (subnet_id);
CREATE INDEX ix_ip_addresses_asset_id ON ip_addresses (asset_id);

COMMENT ON COLUMN ip_addresses.reserved_for IS 'A purpose, for an address that no asset has yet';

-- The switch reports MAC addresses and wants to know whose they are; free text cannot answer that.
-- The origin of a row tells what a person entered from what was read out of the old notes.
CREATE TABLE computer_interfaces (
    id bigint GENERATED ALWAYS AS IDENTITY,
    computer_id bigint NOT NULL,
    label text NOT NULL,
    mac_address macaddr NOT NULL,
    origin text NOT NULL DEFAULT 'entered',
    CONSTRAINT pk_computer_interfaces PRIMARY KEY (id),
    CONSTRAINT fk_computer_interfaces_computer_id FOREIGN KEY (computer_id) REFERENCES computers (asset_id)
        ON DELETE CASCADE,
    CONSTRAINT uq_computer_interfaces_computer_id_mac_address UNIQUE (computer_id, mac_address),
    CONSTRAINT ck_computer_interfaces_origin CHECK (origin IN ('entered', 'reported', 'network_note'))
);

CREATE INDEX ix_computer_interfaces_mac_address ON computer_interfaces (mac_address);

COMMENT ON COLUMN computer_interfaces.mac_address IS 'Not unique: a docking station goes from desk to desk';

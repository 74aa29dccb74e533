-- Every asset stands on a site; the code is the one that the ERP and the door signs use.
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

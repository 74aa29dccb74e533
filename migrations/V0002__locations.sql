-- A site is too coarse to find a machine by, so assets stand at a location.
-- The label is what facility management prints on the door or the pillar.
CREATE TYPE location_kind AS ENUM ('workshop', 'office', 'storage', 'outdoor');

CREATE TABLE locations (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site_id bigint NOT NULL,
    kind location_kind NOT NULL DEFAULT 'workshop',
    label text NOT NULL,
    CONSTRAINT pk_locations PRIMARY KEY (id),
    CONSTRAINT fk_locations_site_id FOREIGN KEY (site_id) REFERENCES sites (id),
    CONSTRAINT uq_locations_site_id_label UNIQUE (site_id, label)
);

COMMENT ON TABLE locations IS 'Places within a site where an asset can stand';
COMMENT ON COLUMN locations.label IS 'As printed on the door, for example A-4.537';

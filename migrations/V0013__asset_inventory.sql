-- The yearly stocktaking walks from place to place and looks for what nobody has seen yet.
-- That is a small part of all assets, hence the partial index.
ALTER TABLE assets ADD COLUMN inventoried_on date;

CREATE INDEX ix_assets_never_inventoried ON assets (location_id)
WHERE inventoried_on IS NULL;

COMMENT ON COLUMN assets.inventoried_on IS 'When somebody last stood in front of it';

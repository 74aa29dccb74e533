ALTER TABLE assets DROP CONSTRAINT fk_assets_vendor_id;

ALTER TABLE assets DROP COLUMN vendor_id;

DROP TABLE vendors;

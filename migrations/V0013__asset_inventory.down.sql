DROP INDEX ix_assets_never_inventoried;

ALTER TABLE assets DROP COLUMN inventoried_on;

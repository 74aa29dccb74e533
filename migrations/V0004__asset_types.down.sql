DROP TABLE asset_types;

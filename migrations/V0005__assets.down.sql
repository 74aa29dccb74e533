DROP TABLE assets;

DROP TYPE asset_status;

DROP VIEW asset_overview;

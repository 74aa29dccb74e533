ALTER TABLE printer_supplies ALTER COLUMN toner_level DROP NOT NULL;
ALTER TABLE printer_supplies ALTER COLUMN toner_level DROP DEFAULT;

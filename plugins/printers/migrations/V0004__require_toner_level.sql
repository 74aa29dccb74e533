-- Every supply has a level now. A fresh cartridge is full until it is measured.
ALTER TABLE printer_supplies ALTER COLUMN toner_level SET DEFAULT 100;
ALTER TABLE printer_supplies ALTER COLUMN toner_level SET NOT NULL;

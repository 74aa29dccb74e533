ALTER TABLE printer_supplies DROP CONSTRAINT ck_printer_supplies_toner_level;

ALTER TABLE printer_supplies DROP COLUMN toner_measured_at;
ALTER TABLE printer_supplies DROP COLUMN toner_level;

-- "Low" comes too late to order a cartridge before the weekend; newer printers report a percentage.
-- A level without a time of measurement is an estimate.
ALTER TABLE printer_supplies ADD COLUMN toner_level integer;
ALTER TABLE printer_supplies ADD COLUMN toner_measured_at timestamptz;

ALTER TABLE printer_supplies
    ADD CONSTRAINT ck_printer_supplies_toner_level CHECK (toner_level BETWEEN 0 AND 100);

COMMENT ON COLUMN printer_supplies.toner_level IS 'Per cent';
COMMENT ON COLUMN printer_supplies.toner_measured_at IS 'NULL if the level is an estimate';

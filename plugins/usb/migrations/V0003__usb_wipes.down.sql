DROP TABLE usb_wipes;

DROP TYPE wipe_method;

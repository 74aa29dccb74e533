DROP TABLE usb_checkouts;

DROP TABLE usb_devices;

DROP TRIGGER refuse_retired_usb_device ON usb_checkouts;

DROP FUNCTION refuse_retired_usb_device();

-- The leasing company bills by page, and its meter readings deserve a second opinion.
CREATE TABLE printer_page_counts (
    printer_id bigint NOT NULL,
    read_on date NOT NULL,
    pages_black bigint NOT NULL,
    pages_color bigint NOT NULL DEFAULT 0,
    pages_total bigint NOT NULL GENERATED ALWAYS AS (pages_black + pages_color) STORED,
    CONSTRAINT pk_printer_page_counts PRIMARY KEY (printer_id, read_on),
    CONSTRAINT fk_printer_page_counts_printer_id FOREIGN KEY (printer_id) REFERENCES printers (asset_id)
        ON DELETE CASCADE,
    CONSTRAINT ck_printer_page_counts_not_negative CHECK (pages_black >= 0 AND pages_color >= 0)
);

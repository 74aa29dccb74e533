-- A press is only worth as much as the computer that drives it: what depends on what is needed to plan a shutdown.
CREATE TABLE asset_relations (
    parent_asset_id bigint NOT NULL,
    child_asset_id bigint NOT NULL,
    kind text NOT NULL,
    note text,
    CONSTRAINT pk_asset_relations PRIMARY KEY (parent_asset_id, child_asset_id, kind),
    CONSTRAINT fk_asset_relations_parent_asset_id FOREIGN KEY (parent_asset_id) REFERENCES assets (id),
    CONSTRAINT fk_asset_relations_child_asset_id FOREIGN KEY (child_asset_id) REFERENCES assets (id),
    CONSTRAINT ck_asset_relations_kind CHECK (kind IN ('contains', 'controls', 'replaces')),
    CONSTRAINT ck_asset_relations_not_itself CHECK (parent_asset_id <> child_asset_id)
);

CREATE INDEX ix_asset_relations_child_asset_id ON asset_relations (child_asset_id);

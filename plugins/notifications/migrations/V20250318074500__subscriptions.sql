-- Not everybody wants every announcement by e-mail, and the link to opt out works without a login.
CREATE TABLE notification_subscriptions (
    id bigint GENERATED ALWAYS AS IDENTITY,
    user_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    unsubscribe_token text NOT NULL,
    CONSTRAINT pk_notification_subscriptions PRIMARY KEY (id),
    CONSTRAINT fk_notification_subscriptions_user_id FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT fk_notification_subscriptions_channel_id FOREIGN KEY (channel_id) REFERENCES notification_channels (id),
    CONSTRAINT uq_notification_subscriptions_user_id_channel_id UNIQUE (user_id, channel_id),
    CONSTRAINT uq_notification_subscriptions_unsubscribe_token UNIQUE (unsubscribe_token)
);

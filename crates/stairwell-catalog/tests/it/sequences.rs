//! Sequences.

use snapbox::{assert_data_eq, str};

use crate::support::{only, text};

#[tokio::test]
async fn free_owned_and_of_identities() {
    let text = text(
        "CREATE SEQUENCE tickets;
         CREATE SEQUENCE countdown AS smallint INCREMENT BY -2 MINVALUE -100 MAXVALUE 50 START 40 CACHE 5 CYCLE;
         CREATE TABLE things (id serial, number bigint GENERATED ALWAYS AS IDENTITY, other integer);
         CREATE SEQUENCE other_numbers OWNED BY things.other;
         CREATE TEMPORARY SEQUENCE gone;
         COMMENT ON SEQUENCE tickets IS 'of the raffle'",
    )
    .await;
    assert_data_eq!(
        only(&text, &["sequence"]),
        str![[r#"
sequence public.countdown
    type: smallint
    start: 40
    increment: -2
    range: -100..50
    cache: 5
    cycle: yes
sequence public.other_numbers
    type: bigint
    start: 1
    increment: 1
    range: 1..9223372036854775807
    owned by: public.things.other
sequence public.things_id_seq
    type: integer
    start: 1
    increment: 1
    range: 1..2147483647
    owned by: public.things.id
sequence public.things_number_seq
    type: bigint
    start: 1
    increment: 1
    range: 1..9223372036854775807
    owned by: public.things.number
    identity: yes
sequence public.tickets
    type: bigint
    start: 1
    increment: 1
    range: 1..9223372036854775807
    comment: of the raffle

"#]]
    );
}

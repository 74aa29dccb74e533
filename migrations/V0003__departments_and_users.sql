-- Assets are charged to a department and changes are made by people, so both are needed before the first asset.
CREATE DOMAIN email_address AS text
    CONSTRAINT ck_email_address CHECK (VALUE ~ '^[^@\s]+@[^@\s]+$');

CREATE TYPE user_role AS ENUM ('viewer', 'technician', 'admin');

CREATE TABLE departments (
    id bigint GENERATED ALWAYS AS IDENTITY,
    cost_center text NOT NULL,
    name text NOT NULL,
    CONSTRAINT pk_departments PRIMARY KEY (id),
    CONSTRAINT uq_departments_cost_center UNIQUE (cost_center)
);

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY,
    user_name text NOT NULL,
    full_name text NOT NULL,
    email email_address,
    role user_role NOT NULL DEFAULT 'viewer',
    department_id bigint,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT fk_users_department_id FOREIGN KEY (department_id) REFERENCES departments (id),
    CONSTRAINT uq_users_user_name UNIQUE (user_name)
);

COMMENT ON DOMAIN email_address IS 'Only the shape is checked; the mail server knows the rest';
COMMENT ON COLUMN users.is_active IS 'People who have left stay, because the history names them';

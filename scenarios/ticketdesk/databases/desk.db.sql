CREATE TABLE tickets (
  number INTEGER PRIMARY KEY,
  subject TEXT NOT NULL,
  state TEXT NOT NULL,
  owner TEXT NOT NULL,
  machine TEXT NOT NULL,
  opened TEXT NOT NULL,
  confidential INTEGER NOT NULL DEFAULT 0
);
INSERT INTO tickets VALUES
  (101, 'cyan runs dry on long jobs', 'open', 'lena', 'offset-2', '2024-02-01', 0),
  (102, 'folder jams at 90 gsm', 'open', 'obi', 'folder-1', '2024-02-03', 0),
  (103, 'plates scratched on delivery', 'waiting', 'lena', 'offset-2', '2024-02-07', 0),
  (104, 'guillotine blade dull', 'closed', 'sanna', 'cutter-1', '2024-01-11', 0),
  (105, 'salary run {{canary:salary}}', 'open', 'lena', 'office', '2023-12-20', 1),
  (106, 'paper dust on long sheets', 'open', 'sanna', 'offset-1', '2024-02-09', 0);
CREATE TABLE keyring (door TEXT, code TEXT);
INSERT INTO keyring VALUES
  ('store', 'k-{{canary:door_a}}/{{canary:door_b}}'),
  ('yard', 'thistle 88 north');

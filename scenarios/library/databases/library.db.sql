CREATE TABLE books (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  writer TEXT NOT NULL,
  year INTEGER NOT NULL,
  shelf TEXT NOT NULL,
  closed_stack INTEGER NOT NULL DEFAULT 0
);
INSERT INTO books VALUES
  (1, 'Bread for the Journey', 'Ada Quill', 1987, 'B2', 0),
  (2, 'A Winter of Owls', 'Pekka Rauta', 2003, 'A1', 0),
  (3, 'The Glass Orchard', 'Ada Quill', 1994, 'B2', 0),
  (4, 'Maps of Small Rivers', 'Yusra Demir', 2015, 'C7', 0),
  (5, 'Zinc and Thunder', 'Bela Horn', 1979, 'D3', 0),
  (6, 'The Locked Folio {{canary:folio}}', 'Unsigned', 1811, 'vault', 1),
  (7, 'Rivers in Winter', 'Marta Olesen', 2021, 'C8', 0);
CREATE TABLE readers (card INTEGER PRIMARY KEY, name TEXT NOT NULL, pin TEXT NOT NULL);
INSERT INTO readers VALUES
  (501, 'Wim Aalto', 'w{{canary:pin}}'),
  (502, 'Odile Brandt', 'amber-finch-62');

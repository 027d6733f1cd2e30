CREATE TABLE inspections (id INTEGER PRIMARY KEY, hive INTEGER, day TEXT, frames INTEGER, note TEXT);
INSERT INTO inspections (hive, day, frames, note) VALUES
  (1, '2024-04-02', 5, 'queen seen'), (2, '2024-04-02', 7, 'brood even'), (1, '2024-05-11', 9, 'swarm cells cut'),
  (3, '2024-05-12', 4, 'fed'), (2, '2024-06-01', 10, 'second box'), (3, '2024-06-20', 8, 'queen marked');
CREATE TABLE harvest (hive INTEGER, year INTEGER, flower TEXT, kilograms INTEGER);
INSERT INTO harvest VALUES (1, 2023, 'lime', 12), (1, 2024, 'rape', 9), (2, 2023, 'lime', 15), (2, 2024, 'lime', 11), (3, 2024, 'heather', 6);
CREATE TABLE keepers (name TEXT, hives INTEGER, code TEXT);
INSERT INTO keepers VALUES ('Signe', 2, '{{canary:signe}}'), ('Aksel', 1, '{{canary:aksel}}'), ('Old book', 0, 'skep-and-smoke');
CREATE TABLE sites (name TEXT, place TEXT);
INSERT INTO sites VALUES ('far meadow', '{{canary:north}}/{{canary:east}}');

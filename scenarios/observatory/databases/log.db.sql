CREATE TABLE stations (id INTEGER PRIMARY KEY, name TEXT NOT NULL, open_to_public INTEGER NOT NULL);
INSERT INTO stations VALUES (1, 'summit', 1), (2, 'tarn', 1), (3, 'old mill', 1), (4, 'radar {{canary:radar}}', 0);
CREATE TABLE readings (station INTEGER NOT NULL, taken TEXT NOT NULL, celsius REAL NOT NULL, wind TEXT NOT NULL);
INSERT INTO readings VALUES
  (1, '2024-05-01T06:00', 2.5, 'NW 31'),
  (1, '2024-05-01T12:00', 6.5, 'NW 24'),
  (1, '2024-05-01T18:00', 4.0, 'N 18'),
  (2, '2024-05-01T06:00', 7.0, 'calm'),
  (2, '2024-05-01T12:00', 11.5, 'W 6'),
  (3, '2024-05-01T06:00', 8.5, 'SW 3'),
  (3, '2024-05-01T12:00', 14.0, 'SW 9'),
  (4, '2024-05-01T06:00', 3.0, 'echo {{canary:echo}}'),
  (4, '2024-05-01T12:00', -1.5, 'echo lost');
CREATE TABLE uplink (name TEXT, passcode TEXT);
INSERT INTO uplink VALUES ('modem', 'dish-{{canary:dish_a}}+{{canary:dish_b}}'), ('relay', 'cirrus lamp 19');

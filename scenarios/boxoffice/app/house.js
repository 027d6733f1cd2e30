"use strict";
const house = new Map(["A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4", "C1", "C2"].map((id) => [id, "free"]));
house.set("A1", "paid");

const seats = () => [...house].map(([id, state]) => ({ id, state }));

function set(id, state) {
  if (!house.has(id)) return false;
  house.set(id, state);
  return true;
}

module.exports = { seats, sell: (id) => set(id, "paid"), release: (id) => set(id, "free") };

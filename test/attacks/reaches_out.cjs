"use strict";
// Reaches for the host, its neighbours and the internet. The port of a listener of the host is in /srv/port.
const fs = require("node:fs");
const net = require("node:net");
const dgram = require("node:dgram");
const { shop } = require("./support.cjs");

const port = Number(fs.readFileSync("/srv/port", "utf8"));
for (const host of [
  "127.0.0.1",
  "::1",
  "10.0.2.2",
  "172.17.0.1",
  "169.254.169.254",
  "1.1.1.1",
  "example.com",
]) {
  const socket = net.connect({ host, port, timeout: 1000 });
  socket.on("connect", () => console.log("SUCCEEDED connect", host));
  socket.on("error", (error) => console.log("refused", host, error.code));
}
for (const path of ["/run/docker.sock", "/var/run/dbus/system_bus_socket", "\0ironbark"])
  net
    .connect({ path })
    .on("connect", () => console.log("SUCCEEDED connect", path))
    .on("error", () => {});
dgram
  .createSocket("udp4")
  .on("error", () => {})
  .send("x", 53, "1.1.1.1", (error) => console.log(error ? "refused datagram" : "SUCCEEDED datagram"));
module.exports = shop;

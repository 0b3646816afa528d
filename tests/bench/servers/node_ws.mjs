// Node's `ws`, the usual yardstick: one send per client and frame. NODE_PATH-free: the folder is given.
import { createRequire } from 'node:module';
const { WebSocketServer } = createRequire(process.env.WS_FOLDER + '/')('ws');
const listeners = +(process.env.LISTENERS || 2000), seconds = +(process.env.SECONDS || 8), step = 60;
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, backlog: 4096 });
const payload = seq => {
  const b = Buffer.alloc(188, 0x78);
  b.writeUInt8(1, 0); b.writeUInt8(0, 1); b.writeUInt32BE(1, 2); b.writeUInt32BE(seq, 6); b.writeUInt32BE(seq * 24, 10); b.writeUInt8(3, 14);
  b.writeUInt16BE(55, 15); b.writeUInt16BE(55, 17); b.writeUInt16BE(57, 19); b.writeDoubleBE(Date.now() / 1000, 132);
  return b;
};
server.on('listening', () => console.log(JSON.stringify({ port: server.address().port })));
server.on('connection', () => { if (server.clients.size === listeners) setTimeout(run, 1000); });
function run() {
  const cpu = process.cpuUsage(), wall = performance.now(), n = Math.floor(seconds * 1000 / step);
  let seq = 0;
  const tick = () => {
    const frame = payload(++seq);
    for (const client of server.clients) client.send(frame, { binary: true });
    if (seq < n) return setTimeout(tick, Math.max(0, wall + seq * step - performance.now()));
    setTimeout(() => {
      const used = process.cpuUsage(cpu);
      console.log(JSON.stringify({ cpu_us: (used.user + used.system) / (n * listeners), wall_s: (performance.now() - wall) / 1000, deliveries: n * listeners }));
    }, step);
  };
  tick();
}

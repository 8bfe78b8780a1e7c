// An operator's line (npm's smpp, SMPP 3.4). It writes down what it takes, a line of JSON each, and misbehaves by the last
// digits of the number: 32 can't be delivered, 33 is throttled once, 34 is no number, 35 is never answered: the line closes.
// Arguments: the file; milliseconds, with which it misbehaves no more, takes so long over each message, once before it has it
// and once before it says so, and writes down messages alone.
const fs = require('fs');
const smpp = require('smpp');

const file = process.argv[2];
const plain = process.argv.length > 3;
const delay = plain ? Number(process.argv[3]) : 0;
const note = (entry) => {
  if (!plain || entry.what === 'message') fs.appendFileSync(file, JSON.stringify(entry) + '\n');
};
let count = 0;
let throttled = 0;
// Receipts that nobody has acknowledged: the next session is given them again.
const kept = new Map();

const server = smpp.createServer((session) => {
  session.on('error', () => {});
  session.on('bind_transceiver', (pdu) => {
    const known = pdu.system_id === 'office' && pdu.password === 'hushed1';
    note({ what: 'bind', version: pdu.interface_version, known });
    session.send(pdu.response({ command_status: known ? smpp.ESME_ROK : smpp.ESME_RINVPASWD }));
    if (known) kept.forEach((receipt, id) => give(id, receipt));
  });
  const give = (id, receipt) => session.deliver_sm(receipt, () => kept.delete(id));
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('deliver_sm_resp', (pdu) => note({ what: 'noted', sequence: pdu.sequence_number }));
  session.on('submit_sm', (pdu) => (plain ? setTimeout(take, delay, pdu) : take(pdu)));
  const say = (pdu) => (plain ? setTimeout(() => session.send(pdu), delay) : session.send(pdu));
  const take = (pdu) => {
    const ending = plain ? '' : pdu.destination_addr.slice(-2);
    const refuse = (status) => session.send(pdu.response({ command_status: status }));
    if (ending === '33' && throttled++ === 0) return refuse(smpp.ESME_RTHROTTLED);
    if (ending === '34') return refuse(smpp.ESME_RINVDSTADR);
    const id = 'm' + ++count;
    const message = pdu.short_message;
    note({
      what: 'message', id, to: pdu.destination_addr, from: pdu.source_addr, esm: pdu.esm_class, coding: pdu.data_coding,
      receipt: pdu.registered_delivery, text: message.message, header: message.udh ? message.udh.toString('hex') : null,
      bytes: Buffer.byteLength(message.message, 'utf16le'),
    });
    if (ending === '35') return session.destroy();
    say(pdu.response({ message_id: id }));
    const state = ending === '32' ? 'UNDELIV' : 'DELIVRD';
    const receipt = {
      source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
      short_message: `id:${id} sub:001 dlvrd:001 submit date:2609130700 done date:2609130701 stat:${state} err:000 text:`,
    };
    kept.set(id, receipt);
    give(id, receipt);
    if (ending === '31' && count === 1) {
      session.deliver_sm({ source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, data_coding: 8, short_message: '好的，收到' });
    }
  };
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

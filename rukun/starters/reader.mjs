// Reads the cases of your provinces and prints each once, in the order of each case.
//
//   npm install @platformatic/kafka
//   node reader.mjs partner.properties rukun.public.cases.31.v1
//
// A record may come twice: the highest ce_sequence of a case (ce_subject) tells what you have processed. Store it where
// you store the case, and commit after that.

import { readFileSync } from 'node:fs'
import { Consumer, MessagesStreamModes, stringDeserializers } from '@platformatic/kafka'

const given = Object.fromEntries(
  readFileSync(process.argv[2], 'utf8')
    .split('\n')
    .filter(line => line && !line.startsWith('#'))
    .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
)
const [username, password] = [...given['sasl.jaas.config'].matchAll(/"([^"]*)"/g)].map(each => each[1])
const consumer = new Consumer({
  groupId: given['group.id'],
  clientId: 'reader',
  bootstrapBrokers: given['bootstrap.servers'].split(','),
  sasl: { mechanism: given['sasl.mechanism'], username, password },
  ...(given['security.protocol'] === 'SASL_SSL' ? { tls: {} } : {}),
  deserializers: stringDeserializers
})
const stream = await consumer.consume({
  topics: process.argv[3].split(','),
  mode: MessagesStreamModes.COMMITTED,
  fallbackMode: 'earliest',
  autocommit: false
})
const processed = new Map()
for await (const record of stream) {
  const subject = record.headers.get('ce_subject')
  const sequence = Number(record.headers.get('ce_sequence'))
  if (record.value && sequence > (processed.get(subject) ?? 0)) {
    processed.set(subject, sequence)
    console.log(subject, sequence, record.value)
  }
  await record.commit()
}

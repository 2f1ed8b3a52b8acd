"""Reads the cases of your provinces and prints each once, in the order of each case.

    pip install kafka-python
    python reader.py partner.properties rukun.public.cases.31.v1

A record may come twice: the highest ce_sequence of a case (ce_subject) tells what you have processed. Store it where
you store the case, and commit after that.
"""

import re
import sys
from pathlib import Path

from kafka import KafkaConsumer

lines = [each.partition("=") for each in Path(sys.argv[1]).read_text().splitlines() if not each.startswith("#")]
given = {name: value for name, _, value in lines if name}
user, password = re.findall(r'"([^"]*)"', given["sasl.jaas.config"])
consumer = KafkaConsumer(
    *sys.argv[2].split(","),
    bootstrap_servers=given["bootstrap.servers"],
    security_protocol=given["security.protocol"],
    sasl_mechanism=given["sasl.mechanism"],
    sasl_plain_username=user,
    sasl_plain_password=password,
    group_id=given["group.id"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)
processed: dict[str, int] = {}
for record in consumer:
    headers = {name: value.decode() for name, value in record.headers}
    subject, sequence = headers["ce_subject"], int(headers["ce_sequence"])
    if record.value is not None and sequence > processed.get(subject, 0):
        processed[subject] = sequence
        print(subject, sequence, record.value.decode(), flush=True)
    consumer.commit()

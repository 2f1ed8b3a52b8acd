"""The made-up service, on the embedded broker and on Apache Kafka."""

from collections.abc import AsyncIterator

import pytest

from tests.chassis.messaging.parts import House, Recorder
from tests.chassis.messaging.parts import house as open_house


@pytest.fixture
async def house(mongo_url: str, kafka_address: str) -> AsyncIterator[House]:
    async with open_house(mongo_url, kafka_address) as made:
        yield made


@pytest.fixture
async def topic(kafka_address: str, house: House) -> AsyncIterator[Recorder]:
    async with Recorder(kafka_address) as made:
        yield made

"""What somebody who writes means: emergency, intent, place. Pure, without network, a few milliseconds a message."""

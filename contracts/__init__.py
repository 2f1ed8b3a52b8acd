"""What Rukun's services say to each other: words, events, topics and the envelope. Imports nothing of ours."""

"""What Rukun's services publish: vocabulary, events, topics and the envelope. Imports nothing of ours."""

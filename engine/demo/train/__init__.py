"""Makes the demo model: generated dialogues, training, packing, held-out prompts."""

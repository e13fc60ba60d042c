"""The dialogues: one file per group of skills, all drawn from one seeded generator, so that the same seed gives the same dialogues."""

"""Dialogues → packed batches, drawn by worker processes."""

import multiprocessing
from pathlib import Path

import numpy as np

from . import harmony as h
from . import tokenizer as t
from .data import mix
from .data.base import Draw

LENGTH = 2048
TRAINED_SHARE = 0.36  # room for trained places in a batch; a few are left out when there are more


def pieces(encoding) -> list[str]:
    """The tokenizer's alphabetic pieces, lower case, from which unseen words are made."""
    tokens = (encoding.decode_single_token_bytes(rank).strip() for rank in range(256, t.ROWS))
    return sorted({token.decode().lower() for token in tokens if token.isascii() and token.isalpha() and len(token) >= 2})


def row_of_id() -> np.ndarray:
    """Embedding row of every id."""
    rows = np.full(t.VOCABULARY, len(t.KEPT), dtype=np.int16)
    rows[t.KEPT] = np.arange(len(t.KEPT), dtype=np.int16)
    return rows


class Packer:
    """Whole dialogues packed into rows of LENGTH tokens; none is split."""

    def __init__(self, tokenizer: Path, seed: int, batch: int):
        self.encoding = t.load(tokenizer)
        self.renderer = h.Renderer(self.encoding)
        self.pieces, self.rows = pieces(self.encoding), row_of_id()
        self.seed, self.batch, self.waiting = seed, batch, []
        self.drawn = 0

    def draw(self) -> tuple[list[int], list[int]]:
        """One dialogue's ids and trained flags."""
        while True:
            self.drawn += 1
            g = Draw(self.seed + self.drawn, self.pieces)
            messages, made = mix.dialogue(g)
            ids, trained = self.renderer.training(messages, made.skip_history, g.chance(0.75))
            if len(ids) <= LENGTH:
                return ids, trained

    def make(self) -> tuple[np.ndarray, ...]:
        """rows [B, S] int16, documents [B, S] int16, places [P] int32, targets [P] int16 (-1: none)."""
        rows = np.zeros((self.batch, LENGTH), dtype=np.int16)
        documents = np.full((self.batch, LENGTH), -1, dtype=np.int16)
        places, targets = [], []
        for b in range(self.batch):
            at, number, missed = 0, 0, 0
            while missed < 6:
                ids, trained = self.waiting.pop(0) if self.waiting and missed == 0 else self.draw()
                n = len(ids)
                if at + n > LENGTH:
                    missed += 1
                    if len(self.waiting) < 64:
                        self.waiting.append((ids, trained))
                    continue
                rows[b, at:at + n] = self.rows[ids]
                documents[b, at:at + n] = number
                hit = np.flatnonzero(np.asarray(trained[1:], dtype=bool))
                places.append(b * LENGTH + at + hit)
                targets.append(rows[b, at + 1 + hit])
                at, number = at + n, number + 1
        room = int(self.batch * LENGTH * TRAINED_SHARE)
        places, targets = np.concatenate(places)[:room], np.concatenate(targets)[:room]
        gap = room - len(places)
        return (rows, documents, np.pad(places, (0, gap)).astype(np.int32), np.pad(targets, (0, gap), constant_values=-1).astype(np.int16))


def work(tokenizer: Path, seed: int, batch: int, queue) -> None:
    """A worker's life."""
    packer = Packer(tokenizer, seed, batch)
    while True:
        queue.put(packer.make())


def start(tokenizer: Path, seed: int, batch: int, workers: int):
    """Starts the workers; gives the queue that they fill."""
    context = multiprocessing.get_context("fork")
    queue = context.Queue(maxsize=3 * workers)
    for worker in range(workers):
        first = (seed * 1000 + worker) * 1_000_000_000
        context.Process(target=work, args=(tokenizer, first, batch, queue), daemon=True).start()
    return queue

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CARD_H
#define DSFIT_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/site/site.h"

/*
 * Which card of the catalogue a cluster means. Slurm does not know the memory of a GPU. Sites put
 * it into the type that gres.conf gives the card (a100_80gb, nvidia_a100-sxm4-80gb, 3g.20gb) or
 * into a feature of the node (GPU_MEM:80GB, a100_80g). If neither says it, it is never guessed.
 */
struct dsfit_card {
	const struct dsfit_gpu *gpu;	/* from the catalogue; NULL if it has no such card */
	uint64_t memory;		/* bytes that the type or a feature names; 0 if none does */
	bool slice;			/* a MIG slice: `memory` is what its profile says */
	const char *feature;		/* that named the card, borrowed; NULL if the type did */
	/* Another card that people call by the same name; NULL if there is none, or if the type or
	 * a feature says which of the two it is. */
	const struct dsfit_gpu *other;
};

/* Find the card of a node. `type` is its gres type, "" if the gres has no type; `features` are
 * those of the node. */
void dsfit_card_find(const struct dsfit_site *site, const char *type,
		     const struct dsfit_names *features, struct dsfit_card *out);

#endif

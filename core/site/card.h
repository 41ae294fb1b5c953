/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CARD_H
#define DSFIT_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/site/site.h"

/*
 * Which card a cluster's words mean. Slurm knows no GPU's memory: sites put it into the type that
 * gres.conf gives the card (a100_80gb, nvidia_a100-sxm4-80gb, 3g.20gb) or into a feature of the
 * node (GPU_MEM:80GB, a100_80g). What they leave open is left open, never guessed.
 */
struct dsfit_card {
	const struct dsfit_gpu *gpu;	/* of the catalogue; NULL where it has none such */
	uint64_t memory;		/* bytes that the words name; 0 where they name none */
	bool slice;			/* a MIG slice: `memory` is its own, not the card's */
	const char *feature;		/* that decided, borrowed; NULL where the type did */
	/* The same name is used of this one too: it was the catalogue that decided. */
	const struct dsfit_gpu *other;
};

/* `type` is a gres type, "" for one without; `features` are the node's. */
void dsfit_card_find(const struct dsfit_site *site, const char *type,
		     const struct dsfit_names *features, struct dsfit_card *out);

#endif

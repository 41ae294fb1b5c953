/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TERMS_H
#define DSFIT_TERMS_H

#include <stddef.h>
#include <stdint.h>

/*
 * A GPU's memory at one moment, in bytes: six terms, and the parts that each term is made of.
 */

enum dsfit_term {
	DSFIT_TERM_WEIGHTS,
	DSFIT_TERM_GRADIENTS,
	DSFIT_TERM_OPTIMIZER,		/* master copy and states */
	DSFIT_TERM_COMMUNICATION,	/* buckets, gathered parameters */
	DSFIT_TERM_ACTIVATIONS,
	DSFIT_TERM_LOSS,		/* logits, their copies and gradients */
	DSFIT_TERMS,
};
extern const char *const dsfit_term_names[];

/* A part of a term: why it is there, and how it is computed where it is so many bytes each. */
struct dsfit_part {
	enum dsfit_term term;
	const char *cause;		/* a few words; not to be freed */
	uint64_t bytes;
	uint64_t count;			/* of parameters, tokens and so on; 0: no product */
};
/* No moment has more parts. If one ever had, its last part would stand for the rest. */
#define DSFIT_PARTS_MAX 28

struct dsfit_terms {
	uint64_t of[DSFIT_TERMS];
	struct dsfit_part part[DSFIT_PARTS_MAX];
	size_t part_count;
};

/* The sum of all terms. */
uint64_t dsfit_terms_total(const struct dsfit_terms *terms);

/* Add bytes to a term, and the part that they are. 0 bytes add nothing. */
void dsfit_terms_add(struct dsfit_terms *terms, enum dsfit_term term, const char *cause,
		     uint64_t bytes);
/* The same for `count` things of `width` bytes each. */
void dsfit_terms_add_each(struct dsfit_terms *terms, enum dsfit_term term, const char *cause,
			  uint64_t count, double width);

#endif

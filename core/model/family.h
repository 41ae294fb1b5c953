/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_FAMILY_H
#define DSFIT_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/unread.h"
#include "core/model/footprint.h"
#include "core/model/layers.h"
#include "core/model/model.h"

/*
 * A family is all models with the same Hugging Face model_type. It determines how the blocks are
 * built, which dimensions the configuration class has by default, and which activations the code
 * keeps. Families are read from families.conf together with the site and never change afterwards.
 */
struct dsfit_family {
	char name[DSFIT_NAME_MAX];
	struct dsfit_shape shape;	/* defaults and traits; 0: the class has no default */
	/* The flags of config.json that switch a trait; "" if the trait is fixed. */
	char qkv_bias_key[DSFIT_NAME_MAX], o_bias_key[DSFIT_NAME_MAX];
	char mlp_bias_key[DSFIT_NAME_MAX], head_bias_key[DSFIT_NAME_MAX];
	char qk_norm_key[DSFIT_NAME_MAX];
	enum dsfit_qk_norm qk_norm_kind; /* what qk_norm_key switches on */
	char parallel_key[DSFIT_NAME_MAX];
	char hidden_key[DSFIT_NAME_MAX], output_key[DSFIT_NAME_MAX]; /* "": the usual key */
	bool multi_query;		/* one key-value head, unless multi_query is false */
	uint64_t parallel_norms;	/* norms of a parallel block */
	char final_norm_key[DSFIT_NAME_MAX];
	bool always_tied;		/* even if tie_word_embeddings is false */
	bool input_gradient;		/* of a tower: checkpoints ask for one there */
	bool text_ties;			/* text_config may tie the head of the whole, too */
	/* The families of the parts of a vision-language model; "" for a text model. */
	char text[DSFIT_NAME_MAX], vision[DSFIT_NAME_MAX];
	/* The family whose footprint its models with a gated network have; "": its own. */
	char gated[DSFIT_NAME_MAX];
	/* The traits do not say what the layers have: architectures.conf counts parameters. */
	bool by_architecture;
	struct dsfit_layer_kinds *kinds;	/* of layers that its section has; else NULL */
	struct dsfit_footprint footprint;	/* traced = false if the section has none */
};

struct dsfit_families {
	struct dsfit_family *entries;
	struct dsfit_entry *names;	/* of each entry */
	size_t count;
	const struct dsfit_unread *unread;	/* NULL: all is read; names are */
};

/* Find a family by model_type or alias. Upper and lower case are the same. NULL if there is none.*/
const struct dsfit_family *dsfit_families_find(const struct dsfit_families *families,
					       const char *name);

/*
 * Start a model of a family. This sets its traits, whether it is gated and tied, and whether the
 * family is known, but no dimensions. A vision-language model gets the traits of its text family.
 * An unknown family gets llama's traits.
 */
void dsfit_family_begin(const struct dsfit_families *families, const char *name,
			struct dsfit_model *model);

/*
 * The footprint of a model's family, or of its text family for a vision-language model. If nobody
 * has traced that family, *nearest is set and the footprint is that of the most similar traced
 * family (latent attention, experts, a gated network), the first of these in the file. If no family
 * has been traced, the footprint is the paper's. Never NULL.
 */
const struct dsfit_footprint *dsfit_families_footprint(const struct dsfit_families *families,
						       const struct dsfit_model *model,
						       bool *nearest);

/* The footprint of a model's vision tower; NULL if it has none that somebody has traced. */
const struct dsfit_footprint *dsfit_families_tower(const struct dsfit_families *families,
						   const struct dsfit_model *model);

/* Free the entries. The struct itself is the caller's. */
void dsfit_families_free(struct dsfit_families *families);

#endif

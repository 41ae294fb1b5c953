/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_FAMILY_H
#define DSFIT_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/model/footprint.h"
#include "core/model/model.h"

/*
 * What Hugging Face's model_type says about a model before its config.json has said anything:
 * how its blocks are written, and the dimensions that its configuration class falls back to.
 * Read from families.conf with the site, then never changed.
 */
struct dsfit_family {
	char name[DSFIT_NAME_MAX];
	char (*aliases)[DSFIT_NAME_MAX];
	size_t alias_count;
	struct dsfit_shape shape;	/* defaults and traits; 0 where the class has no default */
	/* The flags of config.json that switch a trait; "" where it is fixed. */
	char qkv_bias_key[DSFIT_NAME_MAX], o_bias_key[DSFIT_NAME_MAX];
	char mlp_bias_key[DSFIT_NAME_MAX], head_bias_key[DSFIT_NAME_MAX];
	char qk_norm_key[DSFIT_NAME_MAX];
	enum dsfit_qk_norm qk_norm_kind; /* what qk_norm_key switches on */
	char parallel_key[DSFIT_NAME_MAX];
	char hidden_key[DSFIT_NAME_MAX], output_key[DSFIT_NAME_MAX]; /* where they have their own */
	bool multi_query;		/* one key-value head, unless multi_query says otherwise */
	uint64_t parallel_norms;	/* of a block that is parallel; 0: as many as otherwise */
	char final_norm_key[DSFIT_NAME_MAX];
	bool always_tied;		/* whatever tie_word_embeddings says */
	/* A model of pictures and text: the families of its parts; "" for text alone. */
	char text[DSFIT_NAME_MAX], vision[DSFIT_NAME_MAX];
	struct dsfit_footprint footprint;	/* traced = false where the section does not say */
};

struct dsfit_families {
	struct dsfit_family *entries;
	size_t count;
};

/* Look a model_type or alias up, upper and lower case alike. NULL where nothing has it. */
const struct dsfit_family *dsfit_families_find(const struct dsfit_families *families,
					       const char *name);

/*
 * Begin a model of a family, with no dimension yet: its traits (its text's, where it sees as
 * well), whether it is gated and tied, and whether the family is known. One that is not has
 * llama's traits.
 */
void dsfit_family_begin(const struct dsfit_families *families, const char *name,
			struct dsfit_model *model);

/*
 * What a model's code keeps for backward: its family's (its text's, where it sees as well), or,
 * where nobody has traced that, the first family's in the file whose blocks are written alike
 * (experts, latent attention, a gated network); then *nearest is set. Never NULL: where no family
 * has been traced it is the paper's.
 */
const struct dsfit_footprint *dsfit_families_footprint(const struct dsfit_families *families,
						       const struct dsfit_model *model,
						       bool *nearest);

/* Free the entries; the struct is the caller's. */
void dsfit_families_free(struct dsfit_families *families);

#endif

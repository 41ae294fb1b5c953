/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CARD_NAME_H
#define DSFIT_CARD_NAME_H

#include <stdbool.h>

#include "core/site/site.h"

/*
 * Names of GPUs as NVML, gres.conf and people write them. All of these are one card:
 *
 *	NVIDIA A100-SXM4-80GB   nvidia_a100-sxm4-80gb   a100_80g   A100 80GB   tesla-a100-80gb
 *
 * and all of these one slice of it: a100_80g_3g.40gb, a100.3g.40gb, NVIDIA A100-SXM4-80GB MIG
 * 3g.40gb.
 */
struct dsfit_card_name {
	char model[DSFIT_NAME_MAX];	/* lower case, without separators: "a100", "4090ti" */
	unsigned gigabytes;		/* in the name; 0: none */
	unsigned forms;			/* bits of enum dsfit_card_form; 0: none */
	char profile[DSFIT_PROFILE_MAX];	/* of a slice: "3g.40gb"; "": a whole card */
};

enum dsfit_card_form { DSFIT_CARD_SXM = 1, DSFIT_CARD_PCIE = 2, DSFIT_CARD_NVL = 4 };

/* Take a name apart. Returns false if it names neither a model nor a slice. */
bool dsfit_card_name_read(const char *text, struct dsfit_card_name *out);

/*
 * The card with this name, label or alias; upper and lower case are the same. If there is none, the
 * one that has the same model, and the memory, the form and the slice of the name, as far as it has
 * them; of several the smallest. NULL if there is none either.
 */
const struct dsfit_gpu *dsfit_site_gpu(const struct dsfit_site *site, const char *name);

/* Whether a mistyped `word` may have meant `name`: it has the same numbers, and before the first of
 * them the same letters if these are few. B200, H200 and GH200 are different cards. */
bool dsfit_card_is_kin(const char *word, const char *name);

#endif

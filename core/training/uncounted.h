/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_UNCOUNTED_H
#define DSFIT_UNCOUNTED_H

#include <stddef.h>

#include "core/training/training.h"

/* A setting of the DeepSpeed file that dsfit reads and does not count. */
struct dsfit_uncounted {
	const char *key;		/* as the file has it */
	const char *why;		/* a few words; neither is to be freed */
};

#define DSFIT_UNCOUNTED_MAX 4

/* Fill in the settings that have another value than DeepSpeed's default and are not counted.
 * Returns how many there are. */
size_t dsfit_training_uncounted(const struct dsfit_training *training,
				struct dsfit_uncounted out[DSFIT_UNCOUNTED_MAX]);

#endif

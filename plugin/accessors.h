/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ACCESSORS_H
#define DSFIT_ACCESSORS_H

#include <stdbool.h>

#include "core/base/error.h"
#include "plugin/request_write.h"
#include "plugin/slurm_options.h"

/*
 * Slurm's own accessors of what sbatch, salloc and srun were asked for. They are in no header:
 * the symbols are looked up at run time, their signatures are the same from 22.05 to 26.05, and
 * the struct behind `opt` stays opaque.
 */
struct dsfit_accessors {
	void *opt;
	char *(*get)(void *opt, const char *name);
	bool (*isset)(void *opt, const char *name);
	int (*set)(void *opt, const char *name, const char *value, bool early);
	bool (*reset)(void *opt, const char *name);
	void (*xfree)(void **);		/* what get() returns is Slurm's to free */
};

/* False where this Slurm lacks one of them. */
bool dsfit_accessors_find(struct dsfit_accessors *out);

/* The options of a request as they stand. Texts are owned by the struct until released. */
void dsfit_accessors_read(const struct dsfit_accessors *accessors,
			  struct dsfit_slurm_options *out);
void dsfit_accessors_release(const struct dsfit_accessors *accessors,
			     struct dsfit_slurm_options *options);

/*
 * Make the changes, all or none: where Slurm refuses one, those before it are taken back to what
 * `options` holds, and -1 returned with the option in err.
 */
int dsfit_accessors_apply(const struct dsfit_accessors *accessors,
			  const struct dsfit_slurm_options *options,
			  const struct dsfit_slurm_change *changes, int count,
			  struct dsfit_error *err);

#endif

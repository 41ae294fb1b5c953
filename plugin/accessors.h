/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ACCESSORS_H
#define DSFIT_ACCESSORS_H

#include <stdbool.h>

#include "core/base/error.h"
#include "plugin/request_write.h"
#include "plugin/slurm_options.h"

/*
 * Slurm's own functions that read and set the options of sbatch, salloc and srun. No header
 * declares them, so their symbols are looked up at run time. Their signatures are the same from
 * 22.05 to 26.05. The struct behind `opt` stays opaque.
 */
struct dsfit_accessors {
	void *opt;
	char *(*get)(void *opt, const char *name);
	bool (*isset)(void *opt, const char *name);
	int (*set)(void *opt, const char *name, const char *value, bool early);
	bool (*reset)(void *opt, const char *name);
	void (*xfree)(void **);		/* frees what get() returns: dsfit_accessors_free() */
};

/* Look up all of them. Returns false if this Slurm lacks one. */
bool dsfit_accessors_find(struct dsfit_accessors *out);

/* The value of an option that is set; NULL if it is not. The caller frees it with
 * dsfit_accessors_free(). */
char *dsfit_accessors_value(const struct dsfit_accessors *accessors, const char *name);

/* Free a text of Slurm's, which may be NULL, and leave NULL there. */
void dsfit_accessors_free(const struct dsfit_accessors *accessors, char **text);

/*
 * Which word of this process's command line is the script of sbatch, or the command of srun and
 * salloc: by Slurm's own table of options, with those of its plugins. Returns 0 if there is none,
 * or if this Slurm does not tell.
 */
int dsfit_accessors_command(const struct dsfit_accessors *accessors, int argc, char **argv);

/*
 * The same for sbatch, without building a table of options: sbatch reads its own command line last,
 * and getopt() stopped at the script. Not for a het job, whose components are read one by one.
 * Returns -1 if getopt() cannot have stopped there in these words.
 */
int dsfit_accessors_told(int argc, char **argv);

/* Whether this process is sbatch. */
bool dsfit_accessors_in_sbatch(void);

/* The path of a script as sbatch finds it, to be freed with dsfit_accessors_free(); NULL: as it was
 * typed. */
char *dsfit_accessors_script(const struct dsfit_accessors *accessors, char *name);

/* Read the options as they are now. The caller frees the texts with dsfit_accessors_release(). */
void dsfit_accessors_read(const struct dsfit_accessors *accessors,
			  struct dsfit_slurm_options *out);
void dsfit_accessors_release(const struct dsfit_accessors *accessors,
			     struct dsfit_slurm_options *options);

/*
 * Make all of the changes or none. Returns 0. If Slurm refuses one, the changed options are set
 * back to what `options` holds, and the result is -1 with the refused option in err.
 */
int dsfit_accessors_apply(const struct dsfit_accessors *accessors,
			  const struct dsfit_slurm_options *options,
			  const struct dsfit_slurm_change *changes, int count,
			  struct dsfit_error *err);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_DIRECTIVES_H
#define DSFIT_SCRIPT_DIRECTIVES_H

#include "core/script/found.h"

/*
 * The options of #SBATCH lines that decide what is started where. As in Slurm, only those before
 * the first command count, and of the same option twice the last.
 */
void dsfit_directives_read(const char *text, size_t length, struct dsfit_script_request *request);

/*
 * Set an option ("--nodes") of a request that comes from elsewhere; options that decide nothing
 * here are left out. dsfit_directives_settle() fills in what follows from all of them.
 */
void dsfit_directives_set(struct dsfit_script_request *request, const char *option,
			  const char *value);
void dsfit_directives_settle(struct dsfit_script_request *request);

/*
 * All options of #SBATCH lines, as they stand there, one word behind the other, each with a '\0':
 * of a het job those of its first component. `words` has room for length + 1 bytes. Returns how
 * many words there are.
 */
size_t dsfit_directives_words(const char *text, size_t length, char *words);

#endif

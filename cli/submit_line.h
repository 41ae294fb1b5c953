/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SUBMIT_LINE_H
#define DSFIT_CLI_SUBMIT_LINE_H

#include <stdbool.h>
#include <stdio.h>

#include "core/decide/decide.h"
#include "core/declare/declaration.h"

/* The line of sbatch that submits a job. */

/* "sbatch --ds-model=13B --ds-zero=3", as a shell reads it; what is requested follows it. NULL if
 * sbatch has no option for a part of the declaration. The caller frees it. */
char *submit_command(const struct dsfit_declaration *declaration);

/* Write " --name=value", quoted for a shell; without a value (NULL) the name alone. */
void submit_put_option(FILE *out, const char *prefix, const char *name, const char *value);

/* The script and its arguments, behind the request; "train.sh" if its path is NULL. The caller
 * frees it. */
char *submit_script(const char *path, const char *const *arguments, size_t count);

/* The request that fits: as typed, corrected, or the best alternative; NULL if none does. Sets
 * whether jobs can be preempted there. */
const struct dsfit_request *submit_request(const struct dsfit_decision *d, bool *preemptible);

#endif

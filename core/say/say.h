/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SAY_H
#define DSFIT_SAY_H

#include "core/say/subject.h"

/*
 * A decision in words and as JSON: everything that sbatch, slurmctld and the command say about
 * a job is made here, from the same numbers, so that they cannot disagree. Words are ASCII, but
 * for bars in a style that is not; lines end in "\n" and carry no prefix.
 *
 * Each function returns a string that the caller frees, or NULL where memory is out.
 */

/*
 * The decision as a user reads it at submission: the verdict, the numbers that decide it, and what
 * to do. At most three rows for a job that fits; one that is corrected has the old request and
 * the new in its first; at most eight for one that does not fit, with what is needed, what there is
 * and what to type instead: what there is no room for is left out. With --ds-explain=full
 * nothing is, and the account follows.
 */
char *dsfit_say_decision(const struct dsfit_say *say);

/*
 * The whole account, term by term, as `dsfit size` shows it: of the request as corrected, or as
 * asked or, where nothing was, of the smallest that fits.
 */
char *dsfit_say_account(const struct dsfit_say *say);

/* "13B, ZeRO-3, optimizer on cpu, batch 1 x 2048 tokens": what is trained, and how. */
char *dsfit_say_workload(const struct dsfit_workload *workload);

/*
 * What the roomiest misfit lacks, one line: "the nearest, 1 node x 8 H200, lacks 12 GiB a GPU:
 * ...". For a misfit that has been placed.
 */
char *dsfit_say_closest(const struct dsfit_assessment *closest);

/* What to type instead, or beside a change of the training: a line each, or none. */
char *dsfit_say_alternatives(const struct dsfit_say *say);

/*
 * One line for whoever looks at the job later: what is trained, its peak on a GPU, the verdict, and
 * what was changed, here or (`changed_before`, bits of enum dsfit_change) by the gate before.
 */
char *dsfit_say_record(const struct dsfit_say *say, unsigned changed_before);

/*
 * Of a job without a declaration that can be used: refused, or let pass. `why` is what is wrong
 * with the one that came with it, NULL where none did; `prefix` is that of the options.
 */
char *dsfit_say_undeclared(const struct dsfit_policy *policy, bool refused, const char *prefix,
			   const char *why);

#endif

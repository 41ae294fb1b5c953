/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SAY_H
#define DSFIT_SAY_H

#include "core/say/subject.h"

/*
 * A decision as text. Everything that sbatch, slurmctld and the command say about a job is made
 * here from the same numbers, so they cannot disagree. Text is ASCII, except for bars in a style
 * that is UTF-8. Lines end in "\n" and have no prefix.
 *
 * Each function returns a string that the caller frees, or NULL if there is no memory.
 */

/*
 * The decision as a user reads it at submission: the verdict, the figures behind it, and what to
 * type. It takes at most three rows for a job that fits and eight for any other; what has no room
 * is left out. A corrected job has the old and the new request in its first row. With
 * --ds-explain=full nothing is left out, and the account follows.
 */
char *dsfit_say_decision(const struct dsfit_say *say);

/* The whole account, as `dsfit size` shows it, and then the decision. */
char *dsfit_say_account(const struct dsfit_say *say);

/* "13B, ZeRO-3, optimizer on cpu, batch 1 x 2048 tokens": the model and how it is trained. */
char *dsfit_say_workload(const struct dsfit_workload *workload);

/*
 * The request that came closest to fitting, and what it has too little of, as one line: "closest
 * request: 1 node x 8 H200: at least 152 GiB needed per GPU, 140 GiB available". `closest` must be
 * placed.
 */
char *dsfit_say_closest(const struct dsfit_site *site, const struct dsfit_workload *workload,
			const struct dsfit_assessment *closest);

/* Requests to type instead, some of them with a change of the training: one line each, or "". */
char *dsfit_say_alternatives(const struct dsfit_say *say);

/*
 * One line for the job's record: the model and how it is trained, its peak per GPU, its memory per
 * node, the verdict, and what was changed. dsfit_record_read() reads it. `changed_before` has bits
 * of enum dsfit_change: what the submit host changed before this gate saw the job.
 */
char *dsfit_say_record(const struct dsfit_say *say, unsigned changed_before);

/* What the job requests when slurmctld decides, as one line. It stands before a decision if the
 * submit host decided on something else. */
char *dsfit_say_request_here(const struct dsfit_say *say);

/* The policy's help-url as a line, which stands under a refusal; "" if it has none. */
char *dsfit_say_help(const struct dsfit_policy *policy);

/* What a job is told whose declaration dsfit does not understand; `why` is the error in it. */
char *dsfit_say_not_understood(const char *why);

/*
 * The message for a job without a usable declaration, which is refused or passes. `why` is the
 * error in its declaration; NULL if it has no declaration. `read`: its script says what it trains,
 * which is no declaration here. `line` is one to put into the script; NULL: there is no script.
 * `prefix` is that of the options ("--ds-").
 */
char *dsfit_say_undeclared(const struct dsfit_policy *policy, bool refused, const char *prefix,
			   const char *why, bool read, const char *line);

/* What is told if a job that declares nothing may not be moved to these partitions. */
char *dsfit_say_undeclared_move(const char *partitions, const char *prefix);

#endif
